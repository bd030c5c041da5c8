"""Every piece of rendered text says where it stands in the source, to the character."""

from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotation.rendering import PresentedText, render_markdown
from tests.annotation.hostile import HOSTILE

NASTY = [
    "> a *b* [l**i**nk](http://x \"t\") `c``d` `` e`f `` &amp; \\* end\nlazy line\n> - x\n>   y  \n>   z",
    "| a \\| b | `c` |\n|---|---|\n| x&lt; | **y** |\n c | d\n| 1 \\\\| 2 | 3 |\n|  | e |",
    "> | a | b |\n> |---|---|\n> | a | a |\n- 1 | 1\n  --|--\n  1 | 1",
    "1. a\n\n   ```py\n   x = 1\n   \ty\n   ```\n\n       code\n2. b\r\n   c\r\n\r\n    ind\r\n\tcode\r\n",
    "Setext **x**\nline two\n===\n\n# # # #\n\n## a ##\n\nlast\n---",
    "<http://a.b/%C3%A9> <x@y.z> ![im *g*](u) tail",
    "$x^2$ and $$\\frac a b$$ \\(y\\) $5 and $6\n\n$$\na\n- b\n$$\n\n- \\[\n  x_1\n  \\]\n",
    "~~a~~~ ***b** c* **d*e* f `a\n> b",
    "> `a\n>    b`\n> c",
    "-\ta\n\tb\n\n\t\tcode\n\n>\tq\n>\t\tcode in q\n\n 1)\tx\n \t- \ty",
    "```\nfoo",
    "    x",
    "~~~~json\n{\"a\": [1, true]}\n~~~\n\n~~~~\nend",
    "a\u200bb \u202e c 👩\u200d💻 **שלום** مرحبا 日本語、*強調*です",
    "***a** b***c*d* _e__f_ **g",
    "[a][b] [b] [c][]\n\n[b]: /u\nafter *x*\n\n[c]: <v> 'w'",
    "a  \nb\\\nc   \n  d",
    "- a\n- b\n  - c\n\n    d\n    > e\n    f\n* * g\n",
    "a\rb\r\rc\r\n\r\n*d*\r\ne",
    "&copy;&#8203;&#x202e;&nosuch; \\a \\\\ \\\n&amp;amp;",
    "| a |\n|---|\n| `x \\| y` **z \\| w** |",
    "\ufefftext \x00 null \x0b \x0c here\u2028there\x85",
    "[nested [brackets] `]`](/a) ![x][y] <b>no html</b> <!-- c -->",
    "# a\tb #\t\n#\n# \\# c \\##",
    "1234. *x*\n      y\n+ + + z",
    "\\begin{align}\na &= b\n\\end{align}\n\ntext $`x`$ `$y$` \\$z$",
]  # fmt: skip


@dataclass
class Shown:
    at: int
    length: int | None
    text: str = ""


class Leaves(HTMLParser):
    """The leaves of a page as a browser reads them, and visible text outside of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[Shown] = []
        self.outside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = "leaf" if "data-at" in given else given.get("class") or tag
        if tag not in ("br", "hr"):
            self.open.append(kind)
        if kind == "leaf":
            length = given.get("data-len")
            self.found.append(Shown(int(given["data-at"] or 0), int(length) if length else None))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "hr"):
            self.open.pop()

    def handle_data(self, data: str) -> None:
        hidden = "hidden-char" in self.open
        text = chr(int(f"0x{data[2:]}", 0)) if hidden else data
        if "leaf" in self.open:
            self.found[-1].text += text
        elif "code-language" not in self.open:
            self.outside += text


def leaves_of(html: str) -> Leaves:
    reader = Leaves()
    # A browser reads "\r\n" and "\r" as "\n" before anything else.
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return reader


def spelled(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").replace("\0", "\ufffd")


def assert_placed(source: str, html: str) -> Leaves:
    reader = leaves_of(html)
    end = 0
    for leaf in reader.found:
        assert leaf.at >= end, "leaves stand in the order of the source and never overlap"
        end = leaf.at + (len(leaf.text) if leaf.length is None else leaf.length)
        assert end <= len(source)
        if leaf.length is None:
            assert spelled(source[leaf.at : end]) == spelled(leaf.text), (source, leaf)
    return reader


@pytest.mark.parametrize("source", NASTY)
def test_every_character_shown_stands_where_its_leaf_says(source: str) -> None:
    reader = assert_placed(source, render_markdown(source, marks=True))
    # A tab of which a list item takes a part shows blanks that are nowhere in the source.
    assert reader.outside.replace("[formula that can't be shown]", "").strip() == ""


@pytest.mark.parametrize("source", [*NASTY, *HOSTILE])
def test_raw_text_is_placed_whole(source: str) -> None:
    reader = assert_placed(source, PresentedText(source).marked_raw)
    assert reader.outside == ""
    shown = "".join(leaf.text for leaf in reader.found)
    assert spelled(shown) == spelled(source.replace("\r\n", "\n"))


@pytest.mark.parametrize("source", HOSTILE)
def test_leaves_of_hostile_text_are_placed(source: str) -> None:
    assert_placed(source, PresentedText(source).marked_html)


PIECES = st.sampled_from([
    "a b", "*", "**", "_", "`", "``", "[", "](u)", "]", "<http://a.b>", "&amp;", "\\", "\\*",
    "\n", "\n\n", "\r\n", "> ", "- ", "1. ", "   ", "    ", "\t", "# ", "\n===\n", "```py\n",
    "~~", "$x^2$", "$$", "\\(", "\\)", "![", "é", "日本", "👩\u200d💻", "שלום", "\u200b",
    "|", "\\|", "\n|---|---|\n", "| a | b |\n", "<b>", "&#x41;",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
@example("| a\\|b |\n|---|\n")
def test_leaves_of_any_markdown_are_placed(source: str) -> None:
    assert_placed(source, render_markdown(source, marks=True))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_leaves_of_any_text_are_placed(source: str) -> None:
    assert_placed(source, render_markdown(source, marks=True))
    assert_placed(source, PresentedText(source).marked_raw)


def test_a_text_without_markup_is_one_leaf_to_the_character() -> None:
    html = render_markdown("Plain words, 日本 and 👩\u200d💻.", marks=True)
    assert html == '<p><span data-at="0">Plain words, 日本 and 👩\u200d💻.</span></p>\n'


def test_pages_without_marks_carry_no_places() -> None:
    assert "data-" not in render_markdown("a *b* `c` $x^2$\n\n```py\nx\n```")


def test_json_is_marked_as_it_was_written() -> None:
    source = '{\r\n  "a": [1.0,2]\r\n}'
    reader = assert_placed(source, PresentedText(source).marked_html)
    assert reader.outside.strip() == ""
    assert "".join(leaf.text for leaf in reader.found) == '{\n  "a": [1.0,2]\n}'
