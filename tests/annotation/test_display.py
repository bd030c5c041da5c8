"""What of an item goes out to raters: named fields only, in the order shown."""

from typing import Any

import pytest

from annotation.display import display_hash, displayed_item, shown_file_hashes, shown_places
from annotation.models import Item

CONTENT: dict[str, Any] = {
    "messages": [
        {"role": "user", "name": "secret", "content": [{"type": "attachment", "place": 3}]}
    ],
    "responses": [{"text": "a", "model": "secret"}, {"text": "b", "model": "secret"}],
    "contexts": [{"id": "d", "text": "c", "url": "secret"}, "plain"],
    "attachments": [
        {"kind": "image", "response": 1, "sha256": "secret-1", "name": "secret"},
        {"kind": "image", "response": 2, "sha256": "secret-2"},
        {"kind": "audio", "turn": 1, "description": "d", "sha256": "secret-3"},
    ],
}


def test_only_named_fields_go_out() -> None:
    shown = displayed_item(Item(content=CONTENT, reference="secret"), [1, 0])
    assert "secret" not in repr(shown)
    assert [each["text"] for each in shown["responses"]] == ["b", "a"]
    assert shown["contexts"] == [{"id": "d", "text": "c"}, {"text": "plain"}]


@pytest.mark.parametrize("shows", [True, False])
def test_the_reference_goes_out_only_where_asked(shows: bool) -> None:
    shown = displayed_item(Item(content=CONTENT, reference="expected"), [], shows_reference=shows)
    assert ("reference" in shown) is shows


def test_places_of_files_tell_nothing_of_the_items_own_order() -> None:
    own, turned = (
        displayed_item(Item(content=CONTENT), order)["attachments"] for order in ([0, 1], [1, 0])
    )
    assert own == turned
    assert shown_places(CONTENT, [0, 1]) == (3, 1, 2)
    assert shown_places(CONTENT, [1, 0]) == (3, 2, 1)
    assert shown_places({}, [1, 0]) == ()


def test_parts_of_turns_point_to_the_places_shown() -> None:
    shown = displayed_item(Item(content=CONTENT), [])
    assert shown["messages"][0]["content"] == [{"type": "attachment", "place": 1}]


def test_hash_covers_files_and_stays_what_it_was_without_them() -> None:
    item = Item(content=CONTENT)
    shown = displayed_item(item, [0, 1])
    hashes = shown_file_hashes(item, [0, 1])
    assert hashes == ("secret-3", "secret-1", "secret-2")
    assert display_hash(shown, hashes) != display_hash(shown, ("other", *hashes[1:]))
    assert display_hash(shown, ()) == display_hash(shown)
