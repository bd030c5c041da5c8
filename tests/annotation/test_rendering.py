"""Untrusted text comes out inert, whatever it holds (T29, T30, T31)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.rendering import MAX_RENDERED, TAGS, PresentedText, render_markdown, render_plain
from tests.annotation.hostile import HOSTILE

TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)((?:\s+[^<>]*)?)>")
LINK = re.compile(
    r' (?:href="(?:https?|mailto):[^"]*"|target="_blank"|referrerpolicy="no-referrer"'
    r'|rel="noopener noreferrer")'
)
MARK = re.compile(r' class="hidden-char" title="[A-Za-z0-9 \-]+"')
KNOWN = {*TAGS, "span"}


def assert_inert(html: str) -> None:
    for name, attributes in TAG.findall(html):
        assert name in KNOWN, html
        left = {
            "a": lambda text: LINK.sub("", text),
            "span": lambda text: MARK.sub("", text),
            "ol": lambda text: re.sub(r' start="\d+"', "", text),
        }.get(name, lambda text: text)(attributes)
        assert left.strip(" /") == "", (name, left)


@pytest.mark.parametrize("source", HOSTILE)
def test_markdown_leaves_no_markup_of_the_text(source: str) -> None:
    assert_inert(render_markdown(source))
    assert_inert(render_plain(source))
    assert "<" not in render_plain(source)


@given(st.text(alphabet=st.sampled_from("<>\"'=/`[]()!*_#|-\n &;:abhx\u202e\u200b"), max_size=80))
def test_no_combination_of_markup_characters_escapes(source: str) -> None:
    assert_inert(render_markdown(source))


def test_images_become_words_and_are_never_loaded() -> None:
    html = render_markdown("![a chart](https://tracker.example/p.png)")
    assert html == "<p><em>[image not loaded: a chart]</em></p>\n"


def test_links_open_apart_and_tell_nobody_where_from() -> None:
    html = render_markdown("[site](https://a.example/x)")
    assert 'rel="noopener noreferrer"' in html
    assert 'referrerpolicy="no-referrer"' in html
    assert 'target="_blank"' in html


def test_direction_controls_and_zero_width_characters_are_shown() -> None:
    html = render_markdown("safe\u202etxt.exe and pass\u200bword")
    assert html.count('class="hidden-char"') == 2
    assert "\u202e" not in html
    assert "\u200b" not in html
    assert "U+202E" in render_plain("\u202e")
    assert "ZERO WIDTH SPACE" in html


def test_joiners_that_a_script_or_an_emoji_needs_are_kept() -> None:
    for text in ("می\u200cخواهم", "👩\u200d💻", "❤\ufe0f", "1\ufe0f\u20e3"):
        assert render_plain(text) == text


def test_headings_of_a_text_stay_below_those_of_the_page() -> None:
    assert render_markdown("# a") == "<h3>a</h3>\n"
    assert render_markdown("###### a") == "<h3>a</h3>\n"
    assert render_markdown("# a\n\n#### b") == "<h3>a</h3>\n<h4>b</h4>\n"


def test_tables_code_and_lists_are_rendered() -> None:
    html = render_markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx < 1\n```\n\n3. c")
    assert "<td>1</td>" in html
    assert "<pre><code>x &lt; 1" in html
    assert '<ol start="3">' in html


def test_very_long_text_is_shown_plain_and_deep_nesting_ends() -> None:
    assert render_markdown("*a* " * MAX_RENDERED).startswith("<pre>*a*")
    assert_inert(render_markdown("> " * 5000 + "x"))
    assert PresentedText("x" * 2_000_000).is_cut
    assert len(render_plain("x" * 2_000_000)) == 1_000_000
