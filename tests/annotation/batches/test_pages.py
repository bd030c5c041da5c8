"""Deliveries in the browser's way: upload, progress, report, items; and a vendor's share of it."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.choices import JobState, Role
from accounts.models import Job
from accounts.services.jobs import run_job
from annotation.models import Batch, BatchRejection, Item
from annotation.selectors import batches as selectors
from tests.annotation.readers.files import item, jsonl
from tests.factories import make_batch, make_items, make_project, make_vendor, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project("study")


@pytest.fixture
def vendor():
    return make_vendor()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lead(project):
    return client_of(member(project, Role.LEAD))


@pytest.fixture
def deliverer(project, vendor):
    return client_of(member(project, Role.VENDOR, vendor))


def address(name, **ids):
    return reverse(f"annotation:{name}", kwargs={"project": "study", **ids})


def upload(client, *records, name="delivery.jsonl", **fields):
    file = SimpleUploadedFile(name, jsonl(*records).getvalue())
    return client.post(address("upload-batch"), {"file": file, **fields})


def do_jobs():
    for job in Job.objects.filter(state=JobState.QUEUED):
        run_job(job_id=job.pk)


def test_uploaded_file_is_read_by_a_job_and_reported_row_by_row(lead):
    answer = upload(lead, item("a"), item("b", responses=[{"text": True}]), name="d <1>.jsonl")
    batch = Batch.objects.get()
    page = address("batch", batch=batch.public_id)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert (batch.state, batch.name, Item.objects.count()) == ("received", "d <1>", 0)
    waiting = lead.get(page).content.decode()
    assert f'hx-get="{page}"' in waiting
    assert "as soon as a worker is free" in waiting

    do_jobs()

    report = lead.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in report
    assert "hx-get" not in report
    assert "Some rows were not accepted." in report
    assert "responses[0].text" in report
    assert "The value is true or false, not a text." in report
    batch.refresh_from_db()
    assert batch.job.result == {
        "batch": batch.public_id, "source": "jsonl", "rows": 2, "created": 1, "duplicates": 0,
    }  # fmt: skip


def test_job_delivered_twice_imports_once(lead):
    upload(lead, item("a"), item("b"))
    do_jobs()
    job = Job.objects.get()
    Job.objects.update(state=JobState.QUEUED)
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["created"], Item.objects.count()) == (JobState.DONE, 2, 2)


def test_same_file_again_leads_to_its_first_report(lead):
    upload(lead, item("a"))
    answer = lead.post(
        address("upload-batch"),
        {"file": SimpleUploadedFile("again.jsonl", jsonl(item("a")).getvalue())},
        follow=True,
    )
    assert (Batch.objects.count(), Job.objects.count()) == (1, 1)
    assert "This file was delivered before" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "This field is required."),
        ({"file": SimpleUploadedFile("x.jsonl", b"")}, "The submitted file is empty."),
    ],
)
def test_upload_without_a_usable_file_answers_422_beside_the_field(lead, fields, says):
    answer = lead.post(address("upload-batch"), fields)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Batch.objects.exists()


def test_failed_reading_can_be_tried_again(lead):
    upload(lead, item("a"))
    batch = Batch.objects.get()
    Job.objects.update(state=JobState.FAILED, error="The worker stopped answering. Try again.")
    page = lead.get(address("batch", batch=batch.public_id)).content.decode()
    assert "The worker stopped answering" in page
    assert "hx-get" not in page
    lead.post(address("retry-batch", batch=batch.public_id))
    do_jobs()
    batch.refresh_from_db()
    assert (batch.state, batch.n_created) == ("accepted", 1)


def test_damaged_file_is_refused_on_the_page(lead):
    upload(lead, item("a"), "{broken")
    do_jobs()
    page = lead.get(address("batch", batch=Batch.objects.get().public_id)).content.decode()
    assert "Nothing was imported." in page
    assert "This is not valid JSON" in page
    assert not Item.objects.exists()


def test_columns_kept_beside_the_item_are_named(lead):
    upload(lead, item("a", note="x", secret="y"), item("b", note="z"))
    do_jobs()
    page = lead.get(address("batch", batch=Batch.objects.get().public_id)).content.decode()
    assert "Some columns are not part of an item." in page
    assert ">note</span> (2 rows)" in page
    assert ">secret</span> (1 row)" in page


def test_rejected_rows_download_is_safe_in_a_spreadsheet_and_whole(lead, project):
    batch = make_batch(project)
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "'x", " =1", "plain", "line\nend", "＝1"]
    BatchRejection.objects.bulk_create(
        BatchRejection(batch=batch, row=n + 2, field="prompt", error="e", value=text)
        for n, text in enumerate(texts)
    )
    answer = lead.get(address("batch-rejections", batch=batch.public_id))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="rejected-rows-{batch.public_id}.csv"'
    )
    text = b"".join(answer.streaming_content).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["row", "field", "error", "value"]
    assert [row[0] for row in rows] == [str(n + 2) for n in range(len(texts))]
    cells = [row[3] for row in rows]
    assert [cell for cell in cells if not cell.startswith("'")] == ["plain", "line\nend"]
    assert [cell.removeprefix("'") for cell in cells] == texts


def test_rejected_rows_come_page_by_page(lead, project, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 3)
    batch = make_batch(project, n_rejected=5)
    BatchRejection.objects.bulk_create(
        BatchRejection(batch=batch, row=row, error=f"reason-{row}.") for row in (2, 4, 6, 8, 10)
    )
    page = address("batch", batch=batch.public_id)
    first, second = lead.get(page), lead.get(page, {"from": "8"})
    assert [r.row for r in first.context["rejections"].rows] == [2, 4, 6]
    assert 'href="?from=8"' in first.content.decode()
    assert [r.row for r in second.context["rejections"].rows] == [8, 10]
    assert lead.get(page, {"from": "x' OR 1=1"}).status_code == 200


@pytest.mark.parametrize("n", [1, 3])
def test_lists_take_the_same_number_of_queries_however_long(
    lead, project, vendor, n, django_assert_num_queries
):
    for _ in range(n):
        make_items(project, 1, batch=make_batch(project, vendor))
    for name, n_queries in (("batches", 11), ("items", 10)):
        lead.get(address(name))
        with django_assert_num_queries(n_queries):
            assert lead.get(address(name)).status_code == 200


def test_pages_of_batches_go_both_ways(lead, project, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)
    for n in range(5):
        make_batch(project, name=f"n{n}")

    def names(cursor):
        page = lead.get(address("batches"), {"cursor": cursor}).context["page"]
        return [batch.name for batch in page.rows], page.newer, page.older

    first, none, older = names("")
    second, newer, older2 = names(older)
    third, newer3, end = names(older2)
    assert (first, second, third) == (["n4", "n3"], ["n2", "n1"], ["n0"])
    assert (none, end) == ("", "")
    assert names(newer3)[0] == second
    assert names(newer)[0] == first
    assert names("after-unknown")[0] == first


def test_empty_lists_say_what_to_do_next(lead):
    for name in ("batches", "items"):
        page = lead.get(address(name)).content.decode()
        assert f'href="{address("upload-batch")}"' in page
        assert "Upload a batch" in page


def test_items_are_found_by_id_and_by_batch(lead, project):
    upload(lead, item("alpha-1"), item("beta-1", slices={"lang": "ar"}))
    do_jobs()
    make_items(project, 2)
    page = lead.get(address("items"), {"q": "ALPHA"})
    assert [each.external_id for each in page.context["page"].rows] == ["alpha-1"]
    batch = Batch.objects.get(name="delivery")
    page = lead.get(address("items"), {"batch": batch.public_id})
    assert {each.external_id for each in page.context["page"].rows} == {"alpha-1", "beta-1"}
    assert lead.get(address("items"), {"batch": "unknown"}).status_code == 404


def test_item_page_shows_the_item_and_what_is_hidden_from_raters(lead):
    hostile = '<img src=x onerror=alert(1)> <div hx-get="/x">'
    upload(
        lead,
        item(
            "a<b>",
            prompt=hostile,
            responses=[{"model": "model-x", "text": "An *answer*.", "url": "https://example.org/s"}],
            contexts=[{"id": "doc-1", "text": "ctx"}],
            reference="the reference",
            slices={"lang": "de"},
            meta={"k": hostile},
        ),
    )  # fmt: skip
    do_jobs()
    text = lead.get(address("item", item=Item.objects.get().public_id)).content.decode()
    for shown in (
        "model-x",
        "https://example.org/s",
        "doc-1",
        "the reference",
        "lang",
        "<em>answer",
    ):
        assert shown in text
    assert "<img" not in text
    assert '<div hx-get="/x"' not in text
    assert "a&lt;b&gt;" in text


def test_vendor_sees_and_delivers_for_its_own_company_only(project, vendor, deliverer):
    other = make_batch(project, make_vendor(), name="rival batch")
    ours = make_batch(project, name="team batch")
    upload(deliverer, item("a"), vendor=make_vendor().public_id)
    own = Batch.objects.get(name="delivery")
    assert own.vendor == vendor
    page = deliverer.get(address("batches"))
    assert [batch.name for batch in page.context["page"].rows] == ["delivery"]
    for hidden in (other, ours):
        for name in ("batch", "batch-rejections"):
            assert deliverer.get(address(name, batch=hidden.public_id)).status_code == 404
        assert deliverer.post(address("retry-batch", batch=hidden.public_id)).status_code == 404
    assert deliverer.get(address("batches"), {"cursor": f"before-{other.public_id}"}).context[
        "page"
    ].rows == [own]
    assert deliverer.get(address("items")).status_code == 404
    assert b"Delivered by" not in deliverer.get(address("upload-batch")).content


def test_lead_may_name_the_vendor_but_only_one_of_the_project(lead, project, vendor):
    member(project, Role.VENDOR, vendor)
    upload(lead, item("a"), vendor=vendor.public_id)
    assert Batch.objects.get().vendor == vendor
    assert upload(lead, item("b"), vendor=make_vendor().public_id).status_code == 422


def test_extra_fields_of_an_upload_are_not_applied(lead):
    upload(lead, item("a"), state="accepted", n_created="7", sha256="0" * 64, uploaded_by="1")
    batch = Batch.objects.get()
    assert (batch.state, batch.n_created) == ("received", 0)
    assert batch.sha256 != "0" * 64


# -- API


def api(path=""):
    return f"/api/v1/projects/study/batches/{path}"


def deliver(client, *records, **headers):
    file = SimpleUploadedFile("d.jsonl", jsonl(*records).getvalue())
    return client.post(api(), {"file": file, "name": "by API"}, headers=headers)


def test_api_upload_is_read_by_a_job_and_can_be_followed(lead):
    answer = deliver(lead, item("a"), item("", prompt="p"))
    assert answer.status_code == 201
    sent = answer.json()
    assert (sent["state"], sent["name"], sent["created"]) == ("received", "by API", 0)
    do_jobs()
    batch = lead.get(api(f"{sent['id']}/")).json()
    assert (batch["state"], batch["rows"], batch["created"], batch["rejected"]) == (
        "accepted", 2, 1, 1,
    )  # fmt: skip
    [rejected] = lead.get(api(f"{sent['id']}/rejected-rows/")).json()["results"]
    assert rejected == {
        "row": 2,
        "field": "item_id",
        "error": "The id is empty. Give every item an id that is unique in the project.",
        "value": "",
    }
    assert [each["id"] for each in lead.get(api()).json()["results"]] == [sent["id"]]


def test_api_upload_of_the_same_file_answers_200_with_the_first_batch(lead):
    first, again = deliver(lead, item("a")), deliver(lead, item("a"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_api_upload_key_gives_the_first_answer_and_refuses_another_body(lead):
    first = deliver(lead, item("a"), **{"Idempotency-Key": "k"})
    again = deliver(lead, item("a"), **{"Idempotency-Key": "k"})
    other = deliver(lead, item("b"), **{"Idempotency-Key": "k"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Batch.objects.count() == 1


def test_api_refuses_what_it_does_not_know(lead, deliverer, project):
    assert lead.post(api(), {}).status_code == 422
    assert lead.get(api(), {"vendor__name": "x"}).status_code == 400
    other = make_batch(project, make_vendor())
    assert deliverer.get(api(f"{other.public_id}/")).status_code == 404
    assert deliverer.get(api(f"{other.public_id}/rejected-rows/")).status_code == 404
    assert deliverer.get(api()).json()["results"] == []
