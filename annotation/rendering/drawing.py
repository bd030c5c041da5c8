"""Tokens as HTML, each piece of text with its place in the source where marks are asked for."""

from collections.abc import Iterable, Iterator, Sequence
from time import thread_time
from typing import Final

from django.utils.translation import gettext as _
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from annotation.rendering.code import MAX_SECONDS, Colours, colours, named_language
from annotation.rendering.mathematics import as_mathml
from annotation.rendering.positions import Leaf, joined

PART: Final = 8_000  # characters of HTML from which a browser may put off drawing the rest
MAX_COLOURED_IN_ALL: Final = 24_000  # characters of a text, where a block counts 500 more

type Tokens = Sequence[Token]


class Drawing(RendererHTML):
    """Every method named for a kind of token draws it; the parser calls them."""

    def render(self, tokens: Tokens, options: OptionsDict, env: EnvType) -> str:
        parts = [super(Drawing, self).render(each, options, env) for each in _tops(tokens)]
        if sum(map(len, parts)) <= 2 * PART:
            return "".join(parts)
        return "".join(f'<div class="text-part">{each}</div>' for each in _gathered(parts))

    def renderInline(self, tokens: Tokens, options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        out: list[str] = []
        texts: list[Leaf] = []
        for n, token in enumerate(tokens):
            if token.type in ("text", "text_special"):
                texts += leaves_of(token)
                continue
            out += [_words(texts), super().renderInline([token], options, env)]
            texts = []
            if token.type == "softbreak" and n + 1 == len(tokens):
                break
        return "".join([*out, _words(texts)])

    def code_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<code>{_words(leaves_of(tokens[idx]))}</code>"

    def code_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<pre><code>{_words(leaves_of(tokens[idx]))}</code></pre>\n"

    def fence(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        env["coloured"] = env.get("coloured", 0) + len(token.content) + 500
        is_coloured = env["coloured"] <= MAX_COLOURED_IN_ALL
        left = env.get("seconds", MAX_SECONDS) if is_coloured else 0
        begun = thread_time()
        drawn = draw_code(leaves_of(token), token.info, seconds=left)
        env["seconds"] = left - (thread_time() - begun)
        return drawn

    def image(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """An image is never loaded: it would tell its server who is reading."""
        token = tokens[idx]
        name = token.content or token.attrs.get("src") or ""
        words = _("image not loaded: %(name)s") % {"name": name}
        return f"<em>{_whole(token, escapeHtml(f'[{words}]'))}</em>"

    def math_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        return _formula(token, is_display=token.markup in ("$$", "\\["))

    def math_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<div class="text-formula">{_formula(tokens[idx], is_display=True)}</div>\n'

    def table_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        name = escapeHtml(_("Table"))
        return f'<div class="text-table" role="group" tabindex="0" aria-label="{name}"><table>\n'

    def table_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"


def leaves_of(token: Token) -> list[Leaf]:
    leaves: list[Leaf] = token.meta.get("leaves") or [Leaf(token.content, None, 0)]
    return leaves


def draw_code(leaves: Sequence[Leaf], info: str, *, seconds: float = MAX_SECONDS) -> str:
    """A block of code with the name of its language above it; `seconds` may go into colours."""
    code = "".join(leaf.text for leaf in leaves)
    name = named_language(info)
    label = f'<div class="code-language" dir="auto">{escapeHtml(name)}</div>' if name else ""
    inner = "".join(
        _coloured(joined(leaves), colours(code, info, seconds=seconds) if seconds > 0 else [])
    )
    return f"{label}<pre><code>{inner}</code></pre>\n"


def _coloured(leaves: Iterable[Leaf], stretches: Colours) -> Iterator[str]:
    at = n = 0
    for leaf in leaves:
        end = at + len(leaf.text)
        pieces = []
        done = at
        while n < len(stretches) and stretches[n][0] < end:
            begin, until, name = stretches[n]
            begin, last = max(begin, at), min(until, end)
            pieces.append(escapeHtml(leaf.text[done - at : begin - at]))
            inner = escapeHtml(leaf.text[begin - at : last - at])
            pieces.append(f'<span class="{name}">{inner}</span>')
            done = last
            if until > end:
                break
            n += 1
        pieces.append(escapeHtml(leaf.text[done - at :]))
        yield _placed(leaf, "".join(pieces))
        at = end


def _words(leaves: Iterable[Leaf]) -> str:
    return "".join(_placed(leaf, escapeHtml(leaf.text)) for leaf in joined(leaves))


def _placed(leaf: Leaf, inner: str) -> str:
    if leaf.at is None:
        return inner
    length = f' data-len="{leaf.length}"' if leaf.length != len(leaf.text) else ""
    return f'<span data-at="{leaf.at}"{length}>{inner}</span>'


def _whole(token: Token, inner: str) -> str:
    """Drawn otherwise than it is written: marked whole or not at all."""
    leaf = leaves_of(token)[0]
    if leaf.at is None:
        return inner
    return f'<span data-at="{leaf.at}" data-len="{leaf.length}">{inner}</span>'


def _formula(token: Token, *, is_display: bool) -> str:
    drawn = as_mathml(token.content, is_display)
    if drawn is not None:
        return _whole(token, drawn)
    words = escapeHtml(_("[formula that can't be shown]"))
    return f"{_whole(token, f'<code>{escapeHtml(token.content)}</code>')} <em>{words}</em>"


def _tops(tokens: Tokens) -> Iterator[Tokens]:
    """The blocks of a text, each with what it holds."""
    begin = 0
    for n, token in enumerate(tokens, start=1):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[begin:n]
            begin = n
    yield tokens[begin:]


def _gathered(parts: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PART:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
