"""Errors of rubrics, and one finding about what somebody wrote."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from accounts.errors import Conflict, Invalid

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a rubric, and what to do about it.

    `path` leads to the place, for instance ("criteria", 1, "anchors", 0, "value"). `line` counts
    from 1 and is None where the rubric is no text. `blocks`: a draft can't be stored with it.
    """

    path: Path
    message: str
    fix: str = ""
    criterion: str = ""
    line: int | None = None
    blocks: bool = False

    @property
    def field(self) -> str:
        """The place below its criterion, for instance `anchors[0].value`."""
        parts = self.path[2:] if len(self.path) > 1 and self.path[0] == "criteria" else self.path
        text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts)
        return text.removeprefix(".")

    @property
    def sentence(self) -> str:
        return f"{self.message} {self.fix}".strip()

    def at_line(self, line: int | None) -> "Problem":
        return replace(self, line=line)

    def __str__(self) -> str:
        places = []
        if self.line is not None:
            places.append(_("line %(n)d") % {"n": self.line})
        if self.criterion:
            places.append(_("criterion %(key)s") % {"key": self.criterion})
        if self.field:
            places.append(self.field)
        return f"{', '.join(places)}: {self.sentence}" if places else self.sentence


class RubricRefused(Invalid):
    """What was written is no rubric; `problems` says where, why and what to do."""

    code = "rubric_refused"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        fields: dict[str, list[str]] = {}
        for problem in self.problems:
            fields.setdefault(_address(problem.path), []).append(str(problem))
        super().__init__("\n".join(str(problem) for problem in self.problems), fields=fields)


class DraftMoved(Conflict):
    """Somebody else saved the draft since; nothing was overwritten."""

    code = "draft_moved"

    def __init__(self, detail: str, *, revision: int) -> None:
        super().__init__(detail)
        self.revision = revision


class DraftExists(Conflict):
    """A rubric has one draft at a time."""

    code = "draft_exists"


class VersionFixed(Conflict):
    """A published or retired version can't be changed."""

    code = "version_fixed"


class KeyTaken(Conflict):
    """Another rubric of the project has this key."""

    code = "key_taken"


def _address(path: Path) -> str:
    return ".".join(str(part) for part in path) or "rubric"
