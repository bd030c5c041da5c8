"""Who gets a file, how it is served, and that its number tells nothing."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.choices import Role
from annotation.models import Assignment, Attachment, Item, Slot
from annotation.selectors.work import shown_item
from annotation.services.assignment import next_assignment
from tests.annotation.attachments.files import SIGNATURES, png
from tests.factories import (
    make_assignment,
    make_items,
    make_project,
    make_rater,
    make_round,
    make_user,
    member,
)

pytestmark = pytest.mark.django_db
BODY = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def attach(item: Item, *files: tuple[str, bytes, dict[str, Any]]) -> None:
    """Files as (media type, bytes, more of the attachment's content)."""
    kinds = [{"kind": kind.split("/")[0], **more} for kind, _body, more in files]
    item.content["attachments"] = [
        {**shown, "sha256": f"{n:064d}"} for n, shown in enumerate(kinds)
    ]
    item.save()
    for place, (kind, body, _more) in enumerate(files, start=1):
        Attachment.objects.create(
            item=item,
            place=place,
            original_name=f"secret-model-{place}.bin",
            file=ContentFile(body, name=f"file-{place}"),
            media_type=kind,
            sha256=f"{place - 1:064d}",
            size=len(body),
        )


def given(item: Item, side_order: list[int] | None = None, **fields: Any) -> Assignment:
    rater = make_rater(item.project)
    round_ = make_round(item.project, items=[item], raters=[rater], **fields)
    slot = Slot.objects.get(round=round_)
    return make_assignment(round_, rater, slot, side_order=side_order or [])


def url_of(assignment: Assignment, place: int = 1) -> str:
    slug = assignment.round.project.slug
    return f"/projects/{slug}/assignments/{assignment.public_id}/attachments/{place}/"


def item_url(item: Item, place: int = 1) -> str:
    return f"/projects/{item.project.slug}/items/{item.public_id}/attachments/{place}/"


def fetched(user: Any, url: str, **headers: str) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(url, headers=headers)


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def held() -> Assignment:
    [item] = make_items(make_project(), 1)
    attach(item, ("audio/wav", BODY, {}))
    return given(item)


def test_the_own_rater_gets_the_file_and_nobody_else_by_that_address(held: Assignment) -> None:
    project, url = held.round.project, url_of(held)
    owner = held.rater.user
    assert body_of(fetched(owner, url)) == BODY
    others = [member(project, role) for role in Role] + [make_user(), None]
    assert {fetched(user, url).status_code for user in others} <= {404, 302}
    project_of_others = make_project()
    outside = url.replace(project.slug, project_of_others.slug)
    assert fetched(owner, outside).status_code == 404


def test_leads_get_it_below_the_item_and_raters_do_not(held: Assignment) -> None:
    project, url = held.round.project, item_url(held.item)
    allowed = {role: fetched(member(project, role), url).status_code for role in Role}
    assert [role for role, status in allowed.items() if status == 200] == [
        role for role in Role if role in (Role.ADMIN, Role.LEAD)
    ]
    assert fetched(held.rater.user, url).status_code == 404
    stranger = member(make_project(), Role.LEAD)
    assert fetched(stranger, url).status_code == 404


@pytest.mark.parametrize("place", [0, 2, 99])
def test_places_without_a_file_are_not_found(held: Assignment, place: int) -> None:
    assert fetched(held.rater.user, url_of(held, place)).status_code == 404


def test_a_file_that_did_not_come_is_not_found(held: Assignment) -> None:
    Attachment.objects.update(file="", media_type="")
    assert fetched(held.rater.user, url_of(held)).status_code == 404


def test_places_follow_the_order_in_which_responses_are_shown() -> None:
    [item] = make_items(make_project(), 1, responses=2)
    attach(
        item,
        ("image/png", b"of the first", {"response": 1}),
        ("image/png", b"of the second", {"response": 2}),
        ("image/png", b"of the item", {}),
    )
    bodies = {}
    for order in ([0, 1], [1, 0]):
        assignment = given(item, order)
        shown = shown_item(assignment)["attachments"]
        assert [(each["place"], each.get("response")) for each in shown] == [
            (1, None), (2, "response_1"), (3, "response_2"),
        ]  # fmt: skip
        user = assignment.rater.user
        bodies[tuple(order)] = [body_of(fetched(user, url_of(assignment, n))) for n in (1, 2, 3)]
    assert bodies[0, 1] == [b"of the item", b"of the first", b"of the second"]
    assert bodies[1, 0] == [b"of the item", b"of the second", b"of the first"]


def test_nothing_of_a_file_but_kind_and_description_goes_out(held: Assignment) -> None:
    answer = fetched(held.rater.user, url_of(held))
    seen = repr(shown_item(held)) + repr(dict(answer.headers))
    assert "secret-model" not in seen
    assert "0" * 64 not in seen
    assert shown_item(held)["attachments"] == [{"place": 1, "kind": "audio"}]


@pytest.mark.parametrize("kind", SIGNATURES)
def test_only_media_are_shown_in_place(kind: str) -> None:
    [item] = make_items(make_project(), 1)
    attach(item, (kind, SIGNATURES[kind], {}))
    answer = fetched(given(item).rater.user, url_of(Assignment.objects.get()))
    how = "inline" if kind.partition("/")[0] in ("image", "audio", "video") else "attachment"
    assert answer["Content-Type"].split(";")[0] == kind
    assert answer["Content-Disposition"].startswith(f'{how}; filename="attachment-1.')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "x\r\ny: z"]
)
def test_a_type_that_is_not_ours_is_only_bytes_to_download(kind: str) -> None:
    [item] = make_items(make_project(), 1)
    attach(item, (kind, b"<script>x()</script>", {}))
    answer = fetched(given(item).rater.user, url_of(Assignment.objects.get()))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=0-9", 206, BODY[:10], "bytes 0-9/1024"),
        ("bytes=1000-", 206, BODY[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", 206, BODY[1000:], "bytes 1000-1023/1024"),
        ("bytes=-9999", 200, BODY, None),
        ("bytes=1000-99999", 206, BODY[1000:], "bytes 1000-1023/1024"),
        ("bytes=0-", 200, BODY, None),
        ("bytes=1024-", 416, b"", "bytes */1024"),
        ("bytes=-0", 416, b"", "bytes */1024"),
        ("bytes=9-3", 200, BODY, None),
        ("bytes=0-1,5-6", 200, BODY, None),
        ("items=0-1", 200, BODY, None),
        (f"bytes={'9' * 400}-", 416, b"", "bytes */1024"),
    ],
)
def test_ranges(held: Assignment, asked: str, status: int, body: bytes, said: str | None) -> None:
    answer = fetched(held.rater.user, url_of(held), Range=asked)
    assert answer.status_code == status
    assert body_of(answer) == body
    assert answer.headers.get("Content-Range") == said
    assert answer["Accept-Ranges"] == "bytes"


def test_what_was_displayed_covers_the_files() -> None:
    hashes = []
    for digest in ("a" * 64, "b" * 64):
        [item] = make_items(make_project(), 1)
        item.content = {"messages": [], "responses": [{"text": "x"}], "contexts": []}
        item.content["attachments"] = [{"kind": "image", "sha256": digest}]
        item.save()
        rater = make_rater(item.project)
        round_ = make_round(item.project, items=[item], raters=[rater])
        taken = next_assignment(round_=round_, rater=rater)
        assert taken is not None
        hashes.append(taken.display_hash)
    assert hashes[0] != hashes[1]


def test_the_page_shows_files_with_their_descriptions(held: Assignment) -> None:
    item = held.item
    item.content["attachments"] += [
        {"kind": "image", "description": "A <cat>"},
        {"kind": "missing", "description": "secret?"},
    ]
    item.save()
    Attachment.objects.create(item=item, place=2, file=ContentFile(png(), name="p"), size=9)
    slug = held.round.project.slug
    html = fetched(
        held.rater.user, f"/projects/{slug}/assignments/{held.public_id}/"
    ).content.decode()
    assert f'<audio src="{url_of(held)}" controls' in html
    assert f'<img src="{url_of(held, 2)}" alt="A &lt;cat&gt;"' in html
    assert "An attachment is missing here." in html
    assert url_of(held, 3) not in html
