"""Pages and API of gold and judges, as the people of a project meet them."""

import hashlib
import io
import json
from base64 import b64decode
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import JobState, Role
from accounts.models import AuditEvent, Job, User
from accounts.services.jobs import run_job
from annotation.choices import RoundState
from annotation.models import Item, Rater
from exports.models import GoldRelease, JudgeRun
from exports.services import requests
from exports.services.gold import release_gold
from tests.exports.builders import make_judged
from tests.factories import ORDINAL, make_assignment, make_project, member

pytestmark = pytest.mark.django_db


class Study:
    """A closed round with one open label, its people signed in."""

    def __init__(self) -> None:
        self.project = make_project()
        self.admin = member(self.project, Role.ADMIN)
        self.lead = member(self.project, Role.LEAD)
        self.round = make_judged(
            ORDINAL, [[4, 4], [2, 2], [1, 3]], project=self.project, rationale="<b>bold</b>"
        )

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def url(self, name: str, **kwargs: str) -> str:
        return reverse(f"exports:{name}", kwargs={"project": self.project.slug, **kwargs})

    def cut(self) -> GoldRelease:
        return release_gold(
            project=self.project, rounds=[self.round], actor=self.admin, skip_open=True
        )


@pytest.fixture
def study() -> Study:
    return Study()


def test_an_admin_looks_then_cuts_then_reads_the_release(study: Study) -> None:
    client = study.client(study.admin)
    chosen = {"rounds": [study.round.public_id], "min_ratings": "1"}
    looked = client.get(study.url("cut"), chosen)
    assert looked.context["plan"].n_labels == 2
    assert [each["why"] for each in looked.context["first_open"]] == [
        "no majority, and nobody decided"
    ]
    assert b"Cut it" not in looked.content
    refused = client.post(study.url("cut"), chosen)
    assert refused.status_code == 422
    assert b"1 label is open" in refused.content
    assert not GoldRelease.objects.exists()
    assert b"Cut it" in client.get(study.url("cut"), chosen | {"skip_open": "on"}).content
    done = client.post(study.url("cut"), chosen | {"skip_open": "on", "note": "first"})
    release = GoldRelease.objects.get()
    assert done["Location"] == study.url("release", release=release.public_id)
    page = client.get(done["Location"])
    assert (release.note, release.created_by, page.status_code) == ("first", study.admin, 200)
    assert b"&lt;b&gt;bold" in page.content
    assert release.content_hash.encode() in page.content


def test_a_lead_sees_releases_and_can_not_cut(study: Study) -> None:
    release = study.cut()
    client = study.client(study.lead)
    assert client.get(study.url("releases")).status_code == 200
    assert client.get(study.url("release", release=release.public_id)).status_code == 200
    assert client.get(study.url("cut")).status_code == 404
    assert client.post(study.url("cut"), {"rounds": [study.round.public_id]}).status_code == 404
    assert GoldRelease.objects.count() == 1


def test_the_empty_list_says_what_to_do_next(study: Study) -> None:
    assert b"Cut a release" in study.client(study.admin).get(study.url("releases")).content
    assert b"ask an admin" in study.client(study.lead).get(study.url("releases")).content


def test_an_unknown_round_is_not_found(study: Study) -> None:
    other = make_judged(ORDINAL, [[1, 1]])
    chosen = {"rounds": [other.public_id], "min_ratings": "1"}
    answer = study.client(study.admin).post(study.url("cut"), chosen)
    assert answer.status_code == 422
    assert not GoldRelease.objects.exists()


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("jsonl", "application/jsonl"),
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("parquet", "application/vnd.apache.parquet"),
        ("ratings", "text/csv; charset=utf-8"),
        ("card", "application/json"),
    ],
)
def test_downloads_are_attachments_and_on_the_record(
    study: Study, format: str, media_type: str
) -> None:
    release = study.cut()
    url = study.url("export", release=release.public_id, format=format)
    answer = study.client(study.lead).post(url)
    data = b"".join(answer.streaming_content)
    digest = b64decode(answer["Content-Digest"].removeprefix("sha-256=:").removesuffix(":"))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (media_type, "nosniff")
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert digest == hashlib.sha256(data).digest()
    event = AuditEvent.objects.get(action="gold.exported")
    assert (event.actor, event.data["format"]) == (study.lead.public_id, format)
    assert event.data["sha256"] == hashlib.sha256(data).hexdigest()


def test_downloads_are_asked_for_by_post_and_in_known_formats(study: Study) -> None:
    release = study.cut()
    client = study.client(study.lead)
    url = study.url("export", release=release.public_id, format="csv")
    assert client.get(url).status_code == 405
    unknown = study.url("export", release=release.public_id, format="exe")
    assert client.post(unknown).status_code == 404


def test_a_large_file_is_built_as_a_job(
    study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(requests, "INLINE_LABELS_OTHERWISE", 1)
    release = study.cut()
    client = study.client(study.lead)
    answer = client.post(study.url("export", release=release.public_id, format="csv"))
    page = study.url("release", release=release.public_id)
    assert (answer.status_code, answer["Location"]) == (302, page)
    job = Job.objects.get(kind="export_gold")
    file = study.url("export-file", release=release.public_id, job=job.public_id)
    assert client.get(file).status_code == 404
    run_job(job_id=job.pk)
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result["rows"]) == (JobState.DONE, 1, 2)
    got = client.get(file)
    data = b"".join(got.streaming_content)
    assert hashlib.sha256(data).hexdigest() == job.result["sha256"]
    assert got["Content-Disposition"].startswith("attachment")
    assert job.result["name"].encode() in client.get(page).content
    assert client.get(page, headers={"HX-Request": "true"}).content.strip().startswith(b"<div id")
    stranger = make_project()
    other = member(stranger, Role.LEAD)
    assert study.client(other).get(file).status_code == 404


def test_a_large_release_is_cut_as_a_job_once(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exports.views.cut.INLINE_RATINGS", 1)
    client = study.client(study.admin)
    chosen = {"rounds": [study.round.public_id], "min_ratings": "1", "skip_open": "on"}
    assert b"too much to look at" in client.get(study.url("cut"), chosen).content
    answer = client.post(study.url("cut"), chosen)
    job = Job.objects.get(kind="release_gold")
    assert answer["Location"] == reverse("job", kwargs={"job": job.public_id})
    for _ in range(2):
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
        run_job(job_id=job.pk)
    release = GoldRelease.objects.get()
    job.refresh_from_db()
    assert (release.n_labels, release.cut_key) == (2, job.public_id)
    assert job.result == {
        "release": release.public_id, "number": 1,
        "url": study.url("release", release=release.public_id),
    }  # fmt: skip


def test_who_judges_in_a_running_round_does_not_see_its_labels(study: Study) -> None:
    """A lead who also rates there waits until it is closed (T13)."""
    type(study.round).objects.filter(pk=study.round.pk).update(
        state=RoundState.OPEN, closed_at=None
    )
    study.round.refresh_from_db()
    release = release_gold(
        project=study.project, rounds=[study.round], actor=None, skip_open=True,
        allow_open_round=True,
    )  # fmt: skip
    rater = Rater.objects.create(project=study.project, code="lead", user=study.lead)
    make_assignment(study.round, rater, study.round.slots.first(), state="expired")
    page = study.url("release", release=release.public_id)
    assert study.client(study.lead).get(page).status_code in (403, 404, 409)
    assert study.client(study.admin).get(page).status_code == 200


def test_scores_are_imported_and_compared_on_a_page(study: Study) -> None:
    client = study.client(study.lead)
    items = Item.objects.order_by("pk").values_list("external_id", flat=True)
    rows = "\n".join(["item_id,dimension,value", *(f"{item},quality,4" for item in items), ""])

    def send(text: str) -> Any:
        file = io.BytesIO(text.encode())
        file.name = "scores.csv"
        return client.post(
            study.url("import-scores"), {"judge": "gpt", "kind": "model", "file": file}
        )

    refused = send(rows.replace("quality,4", "quality,9", 1))
    assert refused.status_code == 422
    assert b"not on the scale" in refused.content
    done = send(rows)
    run = JudgeRun.objects.get()
    page = study.url("judge-run", judge=run.judge.public_id, run=run.public_id)
    assert done["Location"] == page
    shown = client.get(page)
    assert shown.context["agreement"].with_labels.n == 2
    assert b"more than half of an item" in shown.content
    assert send(rows)["Location"] == page
    assert JudgeRun.objects.count() == 1
    assert client.get(study.url("judges")).status_code == 200
    assert client.get(study.url("judge", judge=run.judge.public_id)).status_code == 200


def test_the_api_lists_releases_labels_and_runs(study: Study) -> None:
    release = study.cut()
    client = study.client(study.lead)
    base = f"/api/v1/projects/{study.project.slug}"
    listed = client.get(f"{base}/gold/").json()["results"]
    assert [(each["id"], each["number"], each["labels"]) for each in listed] == [
        (release.public_id, 1, 2)
    ]
    one = client.get(f"{base}/gold/{release.public_id}/").json()
    assert one["data_card"]["counts"]["labels"] == 2
    first = client.get(f"{base}/gold/{release.public_id}/labels/?page_size=1").json()
    second = client.get(first["next"]).json()
    labels = [*first["results"], *second["results"]]
    assert [(each["value"], each["raters"]) for each in labels] == [
        (4, {"R001": 4, "R002": 4}), (2, {"R001": 2, "R002": 2}),
    ]  # fmt: skip
    assert second["next"] is None
    assert client.get(f"{base}/judge-runs/").json()["results"] == []
    assert client.get(f"{base}/gold/?note=x").status_code == 400


def test_the_api_gives_the_columns_of_the_file(study: Study) -> None:
    release = study.cut()
    client = study.client(study.lead)
    base = f"/api/v1/projects/{study.project.slug}/gold/{release.public_id}"
    over_api = client.get(f"{base}/labels/").json()["results"]
    file = client.post(study.url("export", release=release.public_id, format="jsonl"))
    lines = b"".join(file.streaming_content).splitlines()
    for label, line in zip(over_api, lines, strict=True):
        exact = json.loads(line)
        assert label == {name: exact[name] for name in label}


@pytest.mark.parametrize("name", ["releases", "release", "judges"])
def test_lists_need_no_query_a_row(study: Study, name: str) -> None:
    release = study.cut()
    client = study.client(study.lead)
    kwargs = {"release": release.public_id} if name == "release" else {}
    client.get(study.url(name, **kwargs))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(study.url(name, **kwargs))
        counts.append(len(queries))
        study.cut()
        study.project.judges.create(name=f"judge {_}")
        study.project.judges.create(name=f"another {_}")
    assert counts[0] == counts[1]
