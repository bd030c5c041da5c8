"""Deliveries as ZIPs: what is stored of them, what is refused, what is only named."""

import hashlib
import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from accounts.models import Project
from annotation.models import Attachment, Item
from annotation.readers import DEFAULT_LIMITS
from annotation.readers.media import kind_of, media_type
from annotation.services.batches import BatchReport, import_items
from tests.annotation.attachments.files import SIGNATURES, item, png, wav, zipped
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project() -> Project:
    return make_project()


def imported(project: Project, source: BytesIO, **options: Any) -> BatchReport:
    return import_items(project=project, source=source, **options)


def only_item(project: Project) -> Item:
    return Item.objects.get(project=project)


def test_files_are_matched_by_name_and_stored_under_names_of_our_own(project: Project) -> None:
    named = [
        {"name": "gpt-9.png", "description": "A cat", "response": 1},
        {"name": "../../evil/voice.wav", "turn": 1},
    ]
    files = {"gpt-9.png": png(), "../../evil/voice.wav": wav()}
    report = imported(project, zipped(item(attachments=named), **files))
    assert report.as_json()["created"] == 1
    assert "problems" not in report.as_json()
    found = only_item(project)
    shown = found.content["attachments"]
    assert [(each["kind"], each.get("response"), each.get("turn")) for each in shown] == [
        ("image", 1, None),
        ("audio", None, 1),
    ]
    assert "gpt-9" not in json.dumps(found.content)
    rows = list(found.attachments.order_by("place"))
    assert [row.media_type for row in rows] == ["image/png", "audio/wav"]
    for row in rows:
        assert row.file.name == f"attachments/{project.pk}/{row.sha256}"
        with row.file.open() as opened:
            assert hashlib.sha256(opened.read()).hexdigest() == row.sha256


def test_parts_of_turns_that_name_files_become_attachments_in_their_place(
    project: Project,
) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "name": "gpt-9.png", "description": "seen"},
        {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}},
    ]
    record = item(messages=[{"role": "user", "content": parts}])
    del record["prompt"]
    imported(project, zipped(record, **{"gpt-9.png": png()}))
    content = only_item(project).content
    assert content["messages"][0]["content"][1] == {"type": "attachment", "place": 1}
    assert content["attachments"][0]["turn"] == 1
    assert "gpt-9" not in json.dumps(content)


def test_same_bytes_are_stored_once(project: Project) -> None:
    files = {f"{n}.png": png() for n in range(3)}
    records = [item(str(n), attachments=[{"name": f"{n}.png"}]) for n in range(3)]
    imported(project, zipped(*records, **files))
    assert Attachment.objects.count() == 3
    assert len({row.file.name for row in Attachment.objects.all()}) == 1
    assert len(default_storage.listdir(f"attachments/{project.pk}")[1]) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("other.png", png()), ("cat.png", b"\x00\x01\x02binary"), ("cat.png", b"")],
)
def test_what_can_not_be_shown_is_a_named_problem_and_no_refusal(
    project: Project, name: str, content: bytes
) -> None:
    report = imported(project, zipped(item(attachments=[{"name": "cat.png"}]), **{name: content}))
    assert report.as_json()["problems"] == {"missing_attachment": 1}
    assert report.as_json()["missing_files"] == [{"item_id": "a", "name": "cat.png"}]
    found = only_item(project)
    assert found.problems == "missing_attachment"
    assert found.content["attachments"] == [{"kind": "missing"}]
    assert report.batch is not None
    assert report.batch.n_problems == 1


def test_items_without_their_zip_are_accepted_and_named(project: Project) -> None:
    lines = BytesIO(json.dumps(item(attachments=[{"name": "cat.png"}])).encode())
    assert imported(project, lines).as_json()["problems"] == {"missing_attachment": 1}


def test_too_large_a_file_is_left_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "annotation.services.batches.reading.Limits",
        lambda **given: type(DEFAULT_LIMITS)(**given, attachment_bytes=10),
    )
    report = imported(project, zipped(item(attachments=[{"name": "c.png"}]), **{"c.png": png()}))
    assert report.as_json()["problems"] == {"missing_attachment": 1}
    assert not default_storage.exists(f"attachments/{project.pk}")


def test_folders_and_litter_of_packers_do_no_harm(project: Project) -> None:
    files = {
        "delivery/items.jsonl": json.dumps(item(attachments=[{"name": "pictures/cat.png"}])),
        "delivery/pictures/cat.png": png(),
        "__MACOSX/delivery/._items.jsonl": b"\0",
        "delivery/.DS_Store": b"\0",
    }
    source = zipped(name="", **files)  # type: ignore[arg-type]
    assert "problems" not in imported(project, source).as_json()


def test_the_same_items_with_other_files_are_other_items(project: Project) -> None:
    record = item(attachments=[{"name": "cat.png"}])
    imported(project, zipped(record, **{"cat.png": png()}))
    same = imported(project, zipped(record, item("b"), **{"cat.png": png()}))
    other = imported(project, zipped(record, **{"cat.png": png(3)}))
    assert same.duplicates == 1
    assert "other content" in other.rejected[0]["error"]


def test_a_dry_run_stores_nothing(project: Project) -> None:
    source = zipped(item(attachments=[{"name": "x"}, {"name": "c.png"}]), **{"c.png": png()})
    report = imported(project, source, dry_run=True)
    assert report.as_json()["problems"] == {"missing_attachment": 1}
    assert not default_storage.exists(f"attachments/{project.pk}")
    assert not Attachment.objects.exists()


def locked() -> BytesIO:
    """A ZIP whose members say that they are encrypted."""
    raw = bytearray(zipped(item()).getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    return BytesIO(bytes(raw))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (zipped(name="", **{"cat.png": png()}), "holds no file of items"),
        (zipped(item(), name="a.jsonl", **{"b.csv": b"x"}), "several files that may be the items"),
        (zipped(item(), **{"zeros.bin": b"\0" * 10_000_000}), "100 times its size"),
        (locked(), "protected by a password"),
        (BytesIO(zipped(item()).getvalue()[:-30]), "not a readable XLSX workbook"),
    ],
)
def test_archives_that_can_not_be_used_are_refused_whole(
    project: Project, source: BytesIO, said: str
) -> None:
    report = imported(project, source)
    assert said in report.refusal
    assert not Item.objects.exists()


def test_counts_and_sums_are_checked_before_anything_is_unpacked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{n}.txt": b"x" for n in range(30)}
    for field, value in (("archive_files", 10), ("unpacked_bytes", 20)):
        monkeypatch.setattr(
            "annotation.services.batches.reading.Limits",
            lambda field=field, value=value, **given: type(DEFAULT_LIMITS)(
                **given, **{field: value}
            ),
        )
        report = imported(project, zipped(item(field), **files))
        assert "Split it" in report.refusal


def test_a_damaged_member_is_a_missing_file(project: Project) -> None:
    whole = zipped(item(attachments=[{"name": "cat.png"}]), **{"cat.png": png()}).getvalue()
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        at = archive.getinfo("cat.png").header_offset + 30 + len("cat.png") + 10
    damaged = bytearray(whole)
    damaged[at : at + 8] = b"\xff" * 8
    report = imported(project, BytesIO(bytes(damaged)))
    assert report.as_json()["problems"] == {"missing_attachment": 1}


def test_command_imports_a_zip(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "delivery.zip"
    path.write_bytes(zipped(item(attachments=[{"name": "c.png"}]), **{"c.png": png()}).getvalue())
    out = StringIO()
    call_command("import_batch", str(path), project=project.slug, stdout=out)
    assert json.loads(out.getvalue())["created"] == 1
    assert Attachment.objects.get().media_type == "image/png"


@pytest.mark.parametrize(
    ("attachments", "field"),
    [
        ([{"description": "no name"}], "attachments[0].name"),
        ([{"name": "x", "response": 2}], "attachments[0].response"),
        ([{"name": "x", "turn": 0}], "attachments[0].turn"),
        ([{"name": "x", "turn": 1, "response": 1}], "attachments[0]"),
        ([{"name": "x", "path": "/etc/passwd"}], "attachments[0].path"),
        ([{"name": "x"}] * 51, "attachments"),
    ],
)
def test_mistakes_in_attachments_name_the_field(
    project: Project, attachments: list[Any], field: str
) -> None:
    report = imported(project, zipped(item(attachments=attachments)))
    assert [each["field"] for each in report.rejected] == [field]


@pytest.mark.parametrize(("expected", "content"), SIGNATURES.items())
def test_media_types_are_told_by_content(expected: str, content: bytes) -> None:
    assert media_type(BytesIO(content)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "text/plain"),
        (b"<html><script>x()</script>", "text/plain"),
        (b"MZ\x90\x00", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"\xff\xff\xff\xff", None),
        (b"", None),
        (b"caf\xe9 in another encoding", None),
    ],
)
def test_markup_is_text_and_the_unknown_is_nothing(content: bytes, expected: str | None) -> None:
    found = media_type(BytesIO(content))
    assert found == expected
    assert found is None or kind_of(found) == "file"
