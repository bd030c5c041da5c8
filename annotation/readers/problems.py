"""What can be wrong with a file, a row or a field, and how it is said.

A problem keeps its English template and its parameters apart, so that the web
layer can translate it while this package stays free of any framework.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Parameters that are words of ours and not of the file.
OUR_WORDS = frozenset({"kind", "what"})
# How many further problems of one row are spelled out beside the first.
MAX_FURTHER = 3


def gettext_noop(text: str) -> str:
    """Mark `text` for the translators' catalogue and return it unchanged."""
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence that says what is wrong and how to mend it."""

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.rendered(gettext_noop)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """The sentence, its template and our words in it passed through `translate` first."""
        if not self.params:
            return translate(self.template)
        params = {
            name: translate(str(value)) if name in OUR_WORDS else value
            for name, value in self.params.items()
        }
        return translate(self.template) % params


@dataclass(frozen=True, slots=True)
class FieldError:
    """A problem with one field, named as in the file: `responses[0].text`."""

    field: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not accepted.

    `malformed` is true when the row could not be read at all (broken JSON,
    wrong encoding, wrong number of cells) rather than merely refused: such a
    file is damaged or cut off, and importing the rest of it would hide that.
    `excerpt` is the refused value, shortened, as far as it is known.
    """

    row: int
    problems: tuple[FieldError, ...]
    malformed: bool = False
    excerpt: str = ""

    @property
    def field(self) -> str:
        return self.problems[0].field

    @property
    def error(self) -> str:
        return self.rendered(gettext_noop)

    def rendered(self, translate: Callable[[str], str]) -> str:
        """The first problem in full, then the next ones with their fields."""
        parts = [self.problems[0].problem.rendered(translate)]
        further = self.problems[1 : 1 + MAX_FURTHER]
        parts += [f"{each.field}: {each.problem.rendered(translate)}" for each in further]
        return " ".join(parts)


def row_error(
    row: int, field: str, template: str, *, malformed: bool = False, **params: object
) -> RowError:
    """A row error with a single problem."""
    return RowError(row, (FieldError(field, Problem(template, params)),), malformed)


class FileRefused(Exception):
    """The file as a whole can't be read; nothing in it is used.

    `row` is the row at which reading stopped, where there is one.
    """

    def __init__(
        self,
        template: str,
        *,
        row: int | None = None,
        field: str = "",
        **params: object,
    ) -> None:
        self.problem = Problem(template, params)
        self.row = row
        self.field = field
        super().__init__(str(self.problem))
