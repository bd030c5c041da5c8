"""Importing a file of items: what is stored, what is reported, and that nothing is half done."""

import json
from io import BytesIO, StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from annotation.models import Batch, BatchRejection, Item
from annotation.readers import Format
from annotation.services.batches import BatchRefused, import_items, read_batch, receive_batch
from annotation.services.batches import storing as storing_module
from tests.annotation.readers.files import csv_file, item, jsonl, saved
from tests.factories import make_project, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def imported(project, *records, **options):
    return import_items(project=project, source=jsonl(*records), **options)


def test_item_is_stored_with_what_raters_see_apart_from_what_they_do_not(project):
    imported(
        project,
        {
            "item_id": "a",
            "prompt": "Q?",
            "responses": [
                {"model": "m1", "text": "one", "url": "https://example.org/1"},
                {"text": "two", "tool_calls": [{"name": "f", "arguments": {}}]},
            ],
            "reference": "ref",
            "contexts": ["c"],
            "slices": {"lang": "de"},
            "meta": {"run": 3},
            "note": "kept",
            "group": "g",
        },
    )
    stored = Item.objects.get(project=project)
    assert stored.external_id == "a"
    assert stored.content == {
        "messages": [{"role": "user", "content": "Q?"}],
        "responses": [
            {"text": "one"},
            {"text": "two", "tool_calls": [{"name": "f", "arguments": {}}]},
        ],
        "contexts": [{"text": "c"}],
    }
    assert stored.sources == [{"model": "m1", "url": "https://example.org/1"}, {}]
    assert (stored.reference, stored.slices, stored.meta, stored.group) == (
        "ref",
        {"lang": "de"},
        {"run": 3, "note": "kept"},
        "g",
    )
    assert (stored.n_responses, stored.archived_at) == (2, None)
    assert len(stored.content_hash) == 64
    assert len(stored.public_id) == 22


def test_report_counts_rows_once_each(project):
    imported(project, item("known"), item("changed"))
    report = imported(
        project,
        item("new"),
        item("known"),
        item("changed", reference="other"),
        item("new"),
        item("new", reference="other"),
        item("bad", responses=[{"text": True}]),
        item("more", note=1),
    )
    assert report.as_json() == {
        "batch": report.batch.public_id,
        "source": "jsonl",
        "rows": 7,
        "created": 2,
        "duplicates": 2,
        "rejected": [
            {
                "row": 3,
                "field": "item_id",
                "error": "The project already has an item “changed” with other content. Give the "
                "changed item an id of its own; stored items never change.",
            },
            {
                "row": 5,
                "field": "item_id",
                "error": "The item “new” stands in row 1 already, with other content. Give each "
                "item its own id.",
            },
            {
                "row": 6,
                "field": "responses[0].text",
                "error": "The value is true or false, not a text. Write it in double quotes, as "
                "it should be read.",
            },
        ],
        "moved_to_meta": {"note": 1},
    }
    batch = report.batch
    batch.refresh_from_db()
    assert (batch.state, batch.n_rows, batch.n_created, batch.n_duplicates, batch.n_rejected) == (
        "accepted", 7, 2, 2, 3,
    )  # fmt: skip
    assert set(batch.items.values_list("external_id", flat=True)) == {"new", "more"}
    assert AuditEvent.objects.filter(action="batch.imported", object_id=batch.public_id).exists()


def test_damaged_file_is_refused_whole_with_its_rows(project):
    report = imported(project, item("a"), '{"item_id": "b", ', item("c"), item("", prompt="p"))
    assert report.is_refused
    assert "1 row can't be read, so the file may be damaged" in report.refusal
    assert [(each["row"], each["field"]) for each in report.rejected] == [(2, ""), (4, "item_id")]
    assert not Item.objects.exists()
    assert (report.batch.state, report.batch.n_rejected) == ("refused", 2)


def test_unusable_file_names_the_row_where_reading_stopped(project):
    source = BytesIO(b'item_id,prompt,response\na,b,c\nd,"e"f,g\n')
    report = import_items(project=project, source=source)
    assert report.is_refused
    assert "The quotes are wrong at record 3" in report.refusal
    assert [each["row"] for each in report.rejected] == [3]
    assert not Item.objects.exists()


def test_file_without_any_good_row_is_refused(project):
    report = imported(project, {"item_id": "a"}, {"prompt": "b"})
    assert report.refusal == (
        "No row could be accepted. Mend the rows listed and send the file again."
    )
    assert BatchRejection.objects.filter(batch=report.batch).count() == 2


def test_same_bytes_are_one_batch_and_give_the_first_outcome(project):
    first = imported(project, item("a"), item("", prompt="p"))
    again = imported(project, item("a"), item("", prompt="p"))
    assert again.batch == first.batch
    assert again.as_json() == first.as_json() | {"repeats_earlier": True}
    assert Batch.objects.count() == 1


def test_same_bytes_in_another_project_or_from_a_vendor_are_other_batches(project):
    vendor = make_vendor()
    imported(project, item("a"))
    imported(make_project(), item("a"))
    report = imported(project, item("a"), vendor=vendor)
    assert Batch.objects.count() == 3
    assert report.is_refused  # the id is not free, and nothing is told of the content


def test_vendor_learns_nothing_of_the_content_of_other_deliveries(project):
    imported(project, item("same"), item("other"))
    own = make_vendor()
    imported(project, item("mine"), vendor=own)
    report = imported(
        project, item("same"), item("other", reference="x"), item("mine"), item("new"), vendor=own
    )
    assert (report.created, report.duplicates) == (1, 1)
    said = [
        each["error"].replace("“same”", "ID").replace("“other”", "ID") for each in report.rejected
    ]
    assert len(set(said)) == 1
    assert "is not free in this project" in said[0]


def test_dry_run_says_what_would_happen_and_writes_nothing(project):
    imported(project, item("a"))
    before = Batch.objects.count(), Item.objects.count(), AuditEvent.objects.count()
    report = imported(project, item("a"), item("b"), item("", prompt="p"), dry_run=True)
    assert (report.batch, report.rows, report.created, report.duplicates) == (None, 3, 1, 1)
    assert [each["row"] for each in report.rejected] == [3]
    assert (Batch.objects.count(), Item.objects.count(), AuditEvent.objects.count()) == before


def test_interrupted_import_leaves_nothing_and_the_next_attempt_does_all(project, monkeypatch):
    batch, _ = receive_batch(
        project=project, file=jsonl(*(item(f"q{n}") for n in range(2500))), original_name="x.jsonl"
    )
    stored, insert = [], storing_module.insert_rows

    def dies_in_the_second_chunk(*args):
        if stored:
            raise KeyboardInterrupt
        stored.append(insert(*args))

    monkeypatch.setattr(storing_module, "insert_rows", dies_in_the_second_chunk)
    with pytest.raises(KeyboardInterrupt):
        read_batch(batch=batch)
    assert stored == [1000]
    assert (Item.objects.count(), Batch.objects.get().state) == (0, "reading")

    monkeypatch.undo()
    assert read_batch(batch=batch).created == 2500
    assert read_batch(batch=batch).created == 2500
    assert Item.objects.count() == 2500


def test_file_is_stored_under_a_generated_name_and_its_own_is_only_text(project):
    batch, _ = receive_batch(
        project=project, file=jsonl(item("a")), original_name="../../etc/<b>pass\nwd</b>.jsonl"
    )
    assert batch.file.name == f"batches/{batch.public_id}"
    assert batch.original_name == "b>.jsonl"
    assert default_storage.exists(batch.file.name)


def test_empty_and_oversized_files_are_not_taken_in(project, settings):
    with pytest.raises(BatchRefused, match="The file is empty"):
        import_items(project=project, source=BytesIO(b""))
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    with pytest.raises(BatchRefused, match="larger than 1 MB"):
        import_items(project=project, source=BytesIO(b"x" * (1024 * 1024 + 1)))
    assert not Batch.objects.exists()


def test_format_can_be_forced(project):
    report = import_items(project=project, source=jsonl(item("a")), format=Format.CSV)
    assert (report.source, report.is_refused) == ("csv", True)


def run(*args):
    out = StringIO()
    code, error = 0, ""
    try:
        call_command(*args, stdout=out)
    except CommandError as refused:
        code, error = refused.returncode, str(refused)
    return code, json.loads(out.getvalue() or "null"), error


def test_command_prints_the_report_and_exits_0_when_something_is_in(project, tmp_path):
    path = saved(tmp_path, jsonl(item("a"), item("", prompt="p")), "delivery.jsonl")
    code, report, _ = run("import_batch", "--project", project.slug, str(path))
    assert code == 0
    assert list(report) == ["batch", "source", "rows", "created", "duplicates", "rejected"]
    assert report["created"] == 1
    assert Batch.objects.get(public_id=report["batch"]).name == "delivery"


def test_command_exits_1_with_the_first_row_when_nothing_is_in(project, tmp_path):
    path = saved(tmp_path, csv_file(["item_id", "response"], ["a", "b"]))
    code, report, error = run("import_batch", "--project", project.slug, str(path))
    assert code == 1
    assert report["created"] == 0
    assert "First: row 2, prompt: The field is missing. Give every item a prompt" in error


def test_command_exits_2_on_wrong_usage(project, tmp_path):
    path = saved(tmp_path, jsonl(item("a")))
    assert run("import_batch", "--project", "nope", str(path))[0] == 2
    assert run("import_batch", "--project", project.slug, "--vendor", "nope", str(path))[0] == 2
    with pytest.raises(CommandError):
        call_command("import_batch", "--project", project.slug, str(tmp_path / "absent"))
