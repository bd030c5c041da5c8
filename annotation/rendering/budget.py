"""A parser that stops: what reads Markdown counts its steps, and where its tokens came from.

Parsers are quick on text that people write and slow on text that is made to be slow. Steps are
counted, so that the limit is the same on every machine.
"""

from typing import Final, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_inline.state_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

MAX_STEPS: Final = 24_000  # of one text: about a quarter of a second
MAX_ITEM_STEPS: Final = 100_000  # of many texts together: about a second
ATOMS: Final = frozenset({"text_special", "code_inline", "image", "math_inline"})


class TooMuchWork(Exception):
    """The text takes more steps than a page may wait for."""


def spend(env: EnvType, steps: int = 1) -> None:
    """`most` in `env`: how many there are."""
    env["steps"] = env.get("steps", 0) + steps
    if env["steps"] > env.get("most", MAX_STEPS):
        raise TooMuchWork


class Allowance:
    """Steps that several texts share, so that a thousand of them take no longer than a few.

    When they are used up, the texts that follow are shown plain.
    """

    def __init__(self, steps: int = MAX_ITEM_STEPS) -> None:
        self.left = steps

    @property
    def of_one(self) -> int:
        """What the next text may take; 0: nothing is left."""
        return max(0, min(self.left, MAX_STEPS))

    def take(self, steps: int) -> None:
        self.left -= steps


class PlacedInline(StateInline):
    """Remembers in `meta` where in the block's content each token begins: `at`, and `end`."""

    pending_at = 0

    def append_pending(self, text: str) -> None:
        if not self._pending_buffer and not self._pending:
            self.pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802 - the parser's name
        token = super().pushPending()
        token.meta = {"at": self.pending_at}
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta = {"at": self.pos}
        return token


class CountedBlock(StateBlock):
    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        spend(self.env)
        return super().push(ttype, tag, nesting)

    def isEmpty(self, line: int) -> bool:  # noqa: N802 - the parser's name
        """Asked for each line that could go on a block: what long paragraphs cost."""
        spend(self.env)
        return super().isEmpty(line)


class BoundedInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = PlacedInline(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - the parser's name
        spend(state.env)
        super().skipToken(state)

    def tokenize(self, state: StateInline) -> None:
        """As the parser does it, counted, with the end of what is not shown as it is written."""
        rules, end = self.ruler.getRules(""), state.posMax
        while state.pos < end:
            spend(state.env)
            n_tokens = len(state.tokens)
            is_taken = state.level < state.md.options["maxNesting"] and any(
                rule(state, False) for rule in rules
            )
            if not is_taken:
                state.append_pending(state.src[state.pos])
                state.pos += 1
            elif len(state.tokens) > n_tokens and state.tokens[-1].type in ATOMS:
                state.tokens[-1].meta["end"] = state.pos
        if state.pending:
            state.pushPending()


class BoundedBlock(ParserBlock):
    def parse(
        self,
        src: str,
        md: MarkdownIt,
        env: EnvType,
        outTokens: list[Token],  # noqa: N803 - the parser's name
    ) -> list[Token] | None:
        if not src:
            return None
        state = CountedBlock(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens
