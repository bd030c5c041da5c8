"""Untrusted text comes out inert, whatever it holds (T29, T30, T31)."""

import re
import time

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from annotation.rendering import MAX_RENDERED, TAGS, PresentedText, render_markdown, render_plain
from annotation.rendering.mathematics import ELEMENTS
from annotation.rendering.plain import render_parts
from tests.annotation.hostile import HOSTILE

TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)((?:\s+[^<>]*)?)>")
LINK = re.compile(
    r' (?:href="(?:https?|mailto):[^"]*"|target="_blank"|referrerpolicy="no-referrer"'
    r'|rel="noopener noreferrer")'
)
SPAN = re.compile(
    r' class="(?:hidden-char|code-[a-z]+)"| title="[A-Za-z0-9 \-]+"| data-(?:at|len)="\d+"'
)
DIV = re.compile(
    r' class="(?:text|code)-[a-z]+"| role="group"| tabindex="0"| aria-label="Table"| dir="auto"'
)
MATHS = re.compile(r' (?:[a-z]+)="(?:[a-z -]{1,40}|[0-9.]{1,5}(?:em|ex|px|pt)?)"')
KNOWN = set(TAGS)


def assert_inert(html: str) -> None:
    for name, attributes in TAG.findall(html):
        assert name in KNOWN, html
        allowed = {"a": LINK, "span": SPAN, "div": DIV, "ol": re.compile(r' start="\d+"')}
        known = MATHS if name in ELEMENTS else allowed.get(name, re.compile(r"\Z"))
        assert known.sub("", attributes).strip(" /") == "", (name, attributes)


@pytest.mark.parametrize("source", HOSTILE)
def test_markdown_leaves_no_markup_of_the_text(source: str) -> None:
    assert_inert(render_markdown(source))
    assert_inert(render_markdown(source, marks=True))
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
    assert '<pre><code>x &lt; <span class="code-number">1</span>' in html
    assert "Python</div>" in html
    assert '<ol start="3">' in html


def test_very_long_text_is_shown_plain_and_deep_nesting_ends() -> None:
    assert "*a* *a*" in render_markdown("*a* " * MAX_RENDERED)
    assert_inert(render_markdown("> " * 5000 + "x"))
    assert PresentedText("x" * 2_000_000).is_cut
    assert len(render_plain("x" * 2_000_000)) == 1_000_000


def test_text_that_claims_a_place_in_the_source_gets_none() -> None:
    html = render_markdown('<span data-at="7" data-len="9">x</span>')
    assert "data-at" not in re.sub(r"&quot;|&lt;[^&]*&gt;", "", html).replace('"7"', "")
    assert html.startswith("<p>&lt;span data-at=")
    assert "<span" not in html


def test_code_has_colours_only_where_its_language_is_named_and_known() -> None:
    assert 'class="code-keyword">def</span>' in render_markdown("```python\ndef f(): pass\n```")
    assert "<span" not in render_markdown("```\ndef f(): pass\n```")
    unknown = render_markdown("```klingon\ndef\n```")
    assert "klingon</div>" in unknown
    assert "<span" not in unknown
    assert "<span" not in render_markdown("```py\n" + "x = 1\n" * 3000 + "```")


@pytest.mark.parametrize(
    "formula", ["$x^2$", "$$x^2$$", r"\(x^2\)", r"\[x^2\]", "$$\nx^2\n$$", "\\[\nx^2\n\\]"]
)
def test_formulas_become_mathml(formula: str) -> None:
    html = render_markdown(f"a {formula}" if "\n" not in formula else formula)
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in html
    assert "\\" not in html
    assert "$" not in html


def test_environments_are_formulas() -> None:
    html = render_markdown("\\begin{align}\na &= b \\\\\n- c &= d\n\\end{align}")
    assert html.count("<mtr>") == 2


@pytest.mark.parametrize(
    "prose",
    ["$5 and $6", "US$5 to CA$6", "from $5-$10", "it costs $5, or 6$ there", "$HOME and $PATH",
     "a $ b $ c", "$$", "\\$x$", "a $5/unit and b$ c"],
)  # fmt: skip
def test_prices_and_other_dollars_are_no_formulas(prose: str) -> None:
    assert "<math" not in render_markdown(prose)


@pytest.mark.parametrize(
    "tex", [r"\frac{", r"a^b^c", r"\unknowncommand{x}", r"\left( x_1", "{" * 40 + "x_1" + "}" * 40]
)
def test_formulas_that_cannot_be_read_are_shown_as_written_and_named(tex: str) -> None:
    html = render_markdown(f"${tex}$")
    assert f"<code>{tex}</code>" in html
    assert "can't be shown" in html


def test_text_that_would_show_nothing_is_shown_as_written() -> None:
    assert "[a]: https://b.example" in render_markdown("[a]: https://b.example")


def test_json_is_shown_folded_and_text_that_only_looks_like_it_is_not() -> None:
    assert 'class="json"' in PresentedText('{"a": [1, 2]}').html
    assert 'class="json"' not in PresentedText("[a](b)").html
    assert 'class="json"' not in PresentedText("[1] Smith (2020)").html
    twice = PresentedText('{"a": 1, "a": 2}').html
    assert 'class="json"' not in twice, "a key given twice would be lost"
    assert "1.10" in PresentedText('{"a": 1.10}').html


def test_words_of_the_page_inside_a_text_follow_its_language() -> None:
    english = render_markdown("![a](b)")
    with translation.override("ar"):
        assert render_markdown("![a](b)") != english


SLOW = {
    "brackets": "[" * 100_000,
    "links": "[a](" * 25_000,
    "images": "![" * 50_000,
    "stars": "**a*_b" * 16_000,
    "lines": "a\n" * 50_000,
    "items": "- a\n" * 25_000,
    "cells": "a|b\n-|-\n" + "|\n" * 30_000,
    "table": "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + ("|b" * 200 + "|\n") * 240,
    "formulas": "$x^2$ " * 16_000,
    "parentheses": "\\(" * 50_000,
    "fences": "```py\nx=1\n```\n" * 7_000,
    "quotes": "> " * 50_000,
    "code": ("```csharp\n" + "a\n" * 2_900 + "```\n\n") * 16,
}


@pytest.mark.parametrize("name", SLOW)
def test_text_made_to_be_slow_takes_bounded_time(name: str) -> None:
    source = SLOW[name][:100_000]
    begun = time.process_time()
    html = render_markdown(source, marks=True)
    assert time.process_time() - begun < 2, "measured below 0.4 s on one busy core"
    assert_inert(html)


def test_long_texts_come_in_parts_that_a_browser_can_put_off() -> None:
    assert render_markdown("word *word*\n\n" * 4000).count('class="text-part"') > 5
    parts = render_parts("x" * 50 + "\n", marks=False)
    assert parts.count('class="text-part"') == 1
    assert render_parts("line of text\n" * 80_000).count('class="text-part"') > 100
