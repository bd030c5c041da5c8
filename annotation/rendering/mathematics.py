r"""Formulas: $...$, $$...$$, \(...\), \[...\] and \begin{align}...\end{align}, as MathML.

The parser's own plugins look as far as the text goes for every opening sign, and read prices as
formulas; these rules look a bounded way and leave prose alone.
"""

import html
import re
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from django.utils.html import escape
from latex2mathml import exceptions as refusals
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_inline.state_inline import StateInline

from annotation.rendering.budget import spend

MAX_TEX: Final = 1_500  # characters of a formula
MAX_NESTING: Final = 24
MAX_LINES: Final = 40
FORMULA_STEPS: Final = 20  # what a formula costs, in steps of the parser

# fmt: off
ELEMENTS: Final = frozenset({
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub",
    "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
})
# fmt: on
# fmt: off
ATTRIBUTES: Final = frozenset({
    "accent", "accentunder", "columnalign", "display", "displaystyle", "fence", "form",
    "largeop", "linethickness", "mathvariant", "maxsize", "minsize", "movablelimits",
    "notation", "scriptlevel", "separator", "stretchy", "symmetric", "width",
})
# fmt: on
_VALUE: Final = re.compile(r"[a-z -]{1,40}|[0-9.]{1,5}(em|ex|px|pt)?\Z")
_TEX: Final = re.compile(r"[\\^_={}]")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# The converter names some mistakes, without a common base, and trips over others.
_TRIPS: Final = (
    refusals.DenominatorNotFoundError,
    refusals.DoubleSubscriptsError,
    refusals.DoubleSuperscriptsError,
    refusals.ExtraLeftOrMissingRightError,
    refusals.InvalidAlignmentError,
    refusals.InvalidStyleForGenfracError,
    refusals.InvalidWidthError,
    refusals.LimitsMustFollowMathOperatorError,
    refusals.MissingEndError,
    refusals.MissingSuperScriptOrSubscriptError,
    refusals.NoAvailableTokensError,
    refusals.NumeratorNotFoundError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
_CLOSERS: Final = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_ENVIRONMENT: Final = re.compile(
    r"\\begin\{((?:align|alignat|equation|gather|multline|eqnarray|cases|[bpvV]?matrix|array)\*?)\}"
)


def add_mathematics(markdown: MarkdownIt) -> None:
    markdown.inline.ruler.before("escape", "math_inline", _inline)
    markdown.block.ruler.before(
        "fence", "math_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _inline(state: StateInline, silent: bool) -> bool:
    src, pos = state.src, state.pos
    if src[pos] not in "$\\":
        return False
    opener = next((each for each in _CLOSERS if src.startswith(each, pos)), "")
    if not opener:
        return False
    begin = pos + len(opener)
    closer = _CLOSERS[opener]
    if state.html_terminator_last(closer) < begin:
        return False
    end = src.find(closer, begin, min(state.posMax, begin + MAX_TEX + len(closer)))
    if end <= begin or not _is_formula(src, opener, begin, end):
        return False
    if not silent:
        spend(state.env, FORMULA_STEPS)
        token = state.push("math_inline", "math", 0)
        token.content, token.markup = src[begin:end], opener
    state.pos = end + len(closer)
    return True


def _is_formula(src: str, opener: str, begin: int, end: int) -> bool:
    """A dollar opens a formula only where no price can be meant: "$5 and $6" is prose."""
    content = src[begin:end]
    if not content.strip():
        return False
    if opener != "$":
        return True
    before, after = src[begin - 2 : begin - 1], src[end + 1 : end + 2]
    if content[0].isspace() or content[-1].isspace() or content[-1] == "\\":
        return False
    if before.isalnum() or after.isdigit():
        return False
    has_words = _WORD.search(content) and (" " in content or len(content) > 3)
    return not has_words or bool(_TEX.search(content))


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    begin = state.bMarks[start] + state.tShift[start]
    first = state.src[begin : state.eMarks[start]]
    if first[:1] not in ("$", "\\") or state.is_code_block(start):
        return False
    closer = _closer_of(first)
    last = _closing_line(state, start, end, closer) if closer else None
    if last is None:
        return False
    if silent:
        return True
    stop = state.src.rfind(closer, begin, state.eMarks[last]) + len(closer)
    spend(state.env, FORMULA_STEPS)
    token = state.push("math_block", "math", 0)
    whole = state.getLines(start, last + 1, state.blkIndent, False).strip()
    is_environment = closer.startswith("\\end")
    token.content = whole if is_environment else whole[2 : len(whole) - 2].strip()
    token.markup = "" if is_environment else first[:2]
    token.map, token.block = [start, last + 1], True
    token.meta = {"at": begin, "end": stop}
    state.line = last + 1
    return True


def _closer_of(line: str) -> str:
    if line.startswith("$$"):
        return "$$"
    if line.startswith("\\["):
        return "\\]"
    environment = _ENVIRONMENT.match(line)
    return f"\\end{{{environment[1]}}}" if environment else ""


def _closing_line(state: StateBlock, start: int, end: int, closer: str) -> int | None:
    """The line that ends with `closer`, of a formula without empty lines."""
    for line in range(start, min(end, start + MAX_LINES)):
        begin = state.bMarks[line] + state.tShift[line]
        text = state.src[begin : state.eMarks[line]].rstrip()
        skipped = len(closer) if line == start else 0
        if not text or state.sCount[line] < state.blkIndent:
            break
        if text.endswith(closer) and len(text) >= skipped + len(closer):
            return line if text.find(closer, skipped) == len(text) - len(closer) else None
    spend(state.env, 1 + (min(end, start + MAX_LINES) - start) // 8)
    return None


@lru_cache(maxsize=512)
def as_mathml(tex: str, is_display: bool) -> str | None:
    """The formula as MathML, or None when it can't be read."""
    if len(tex) > MAX_TEX or _depth(tex) > MAX_NESTING:
        return None
    try:
        element = convert_to_element(tex, display="block" if is_display else "inline")
        drawn = _drawn(element)
    except _TRIPS:
        return None
    return None if "\\" in drawn else drawn  # a command that it doesn't know


def _depth(tex: str) -> int:
    depth = deepest = 0
    for sign in re.findall(r"\\begin|\\end|\\left|\\right|\\.|[{}]", tex):
        depth += {"{": 1, "\\begin": 1, "\\left": 1, "}": -1, "\\end": -1, "\\right": -1}.get(
            sign, 0
        )
        deepest = max(deepest, depth)
    return deepest


def _drawn(element: Element) -> str:
    """The element with what the lists above allow; all else is left out."""
    inside = escape(html.unescape(element.text or "")) + "".join(map(_drawn, element))
    if element.tag not in ELEMENTS:
        return inside
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES and _VALUE.fullmatch(value)
    )
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"
