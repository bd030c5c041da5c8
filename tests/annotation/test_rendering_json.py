"""JSON as a tree that folds: whole, inert, bounded."""

import re

import pytest

from annotation.rendering import render_json
from tests.annotation.hostile import HOSTILE

TAG = re.compile(r"<(/?)([a-z]+)([^<>]*)>")
ATTRIBUTE = re.compile(r' (?:open|dir="(?:ltr|auto)"|class="[a-z -]+"|title="[A-Za-z0-9 \-]+")')


def assert_inert(html: str) -> None:
    for _closing, name, attributes in TAG.findall(html):
        assert name in {"details", "summary", "ul", "li", "span", "bdi", "div"}
        assert ATTRIBUTE.sub("", attributes) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_json_of_hostile_keys_and_values_is_inert(text: str) -> None:
    assert_inert(render_json({text: [text, {text: text * 50}]}))


def test_json_names_every_entry_and_counts_what_is_folded() -> None:
    html = render_json({"city": "Oslo", "days": [1, 2.5, None, True]})
    assert re.sub(r"<[^>]*>", "", html) == '{} 2 entriescity: "Oslo"days: [] 4 entries' + (
        "0: 11: 2.52: null3: true"
    )
    assert html.count("<details") == 2


def test_json_of_many_entries_is_folded_in_groups() -> None:
    html = render_json(list(range(120)))
    assert re.findall(r"\d+ to \d+", html) == ["1 to 50", "51 to 100", "101 to 120"]


def test_json_that_is_huge_or_deep_stays_bounded_and_whole() -> None:
    wide = render_json([{"n": n} for n in range(100_000)])
    assert len(wide) < 3_500_000
    assert "99999" in wide
    deep: list[object] = []
    for _level in range(900):
        deep = [deep]
    assert render_json(deep).count("<details") == 20


def test_json_shows_hidden_characters() -> None:
    assert "U+202E" in render_json(["a\u202eb"])
