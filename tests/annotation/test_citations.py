"""Citations become links to the passages they name, and nothing else does."""

import re
from html import unescape

import pytest

from annotation.citations import CitedText, citation_targets, link_citations
from annotation.rendering import render_markdown

CONTEXTS = [{"text": "a"}, {"id": "doc-7", "text": "b"}, {"id": "A & B", "title": "Both"}, "d"]
TARGETS = citation_targets(CONTEXTS)


def cited(source: str) -> list[tuple[str, int]]:
    """(text, number of the context) of each link."""
    html = CitedText(source, "response_1", TARGETS).html
    found = re.findall(r'<a class="citation"[^>]*data-cites="(\d+)"[^>]*>(.*?)</a>', html)
    return [(unescape(text), int(number)) for number, text in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("So it is [1].", [("[1]", 1)]),
        ("So [2, 4] and [1;2]", [("2", 2), ("4", 4), ("1", 1), ("2", 2)]),
        ("See [doc-7] and [DOC-7].", [("[doc-7]", 2), ("[DOC-7]", 2)]),
        ("See [A & B].", [("[A & B]", 3)]),
        ("Range [1-3]", [("1", 1), ("3", 3)]),
        ("Wide 【1】 and 【4:0†source】", [("【1】", 1), ("【4:0†source】", 4)]),
        ("Note [^1]", [("[^1]", 1)]),
        ("Double [[1]]", [("[[1]]", 1)]),
        ("An array [1, 9] is none", []),
        ("[5] [0] [x] [] [-1]", []),
        ("Code `a[1]` stays", []),
        ("```\nx[1]\n```", []),
        ("    x[1]", []),
        ("[1](https://example.org) is a link", []),
    ],
)
def test_what_is_a_citation(source: str, expected: list[tuple[str, int]]) -> None:
    assert cited(source) == expected


def test_text_stays_the_same_but_for_the_links() -> None:
    source = 'A <b> & *c* [1] "q" 【2】 [a, b] <script>x</script> [A & B]'
    html = CitedText(source, "r", TARGETS).html
    without = re.sub(r'<a class="citation"[^>]*>(.*?)</a>', r"\1", html)
    assert _text(without) == _text(render_markdown(source))
    assert "<script" not in html


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_labels_are_escaped_and_ids_are_unique() -> None:
    targets = citation_targets([{"id": "x", "title": '"><img src=x onerror=y>'}])
    html = link_citations("<p>[x] [x] [1]</p>", targets, part="turn_3")
    assert "<img" not in html
    assert re.findall(r'id="([^"]+)"', html) == ["cite-turn_3-1", "cite-turn_3-2", "cite-turn_3-3"]


def test_leaves_keep_their_offsets() -> None:
    source = "é & x [1] y"
    leaf = '<p><span data-at="7">é &amp; x [1] y</span></p>'
    html = link_citations(leaf, TARGETS, part="r")
    pieces = re.findall(r'<span data-at="(\d+)">([^<]*)</span>', html)
    assert [(int(at) - 7, unescape(text)) for at, text in pieces] == [
        (source.index(unescape(text)), unescape(text)) for _at, text in pieces
    ]
    assert "".join(unescape(text) for _at, text in pieces) == source


def test_marked_text_keeps_every_character_in_its_place() -> None:
    source = "Été *so* [1] &amp; `[2]` [doc-7], [1, 2].\n\n- [2] end"
    html = CitedText(source, "response_1", TARGETS).marked_html
    assert html.count('class="citation"') == 5
    leaves = re.findall(r'<span data-at="(\d+)">([^<]*)</span>', html)
    assert len(leaves) > 5
    for at, text in leaves:
        assert source[int(at) :].startswith(unescape(text))


def test_ids_win_over_numbers() -> None:
    targets = citation_targets([{"id": "2", "text": "a"}, {"id": "1", "text": "b"}])
    assert targets["1"].number == 2
    assert targets["2"].number == 1


def test_long_texts_of_brackets_take_no_time() -> None:
    assert cited("[" * 50_000) == []
    assert cited("[1" * 30_000) == []
