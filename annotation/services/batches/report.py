"""What became of a file's rows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from annotation.models import Batch
from annotation.readers import RowError

# More reasons than this are counted but not kept: nobody reads them, and a file
# of the wrong kind would otherwise fill memory and the database.
MAX_KEPT_REJECTIONS = 10_000


@dataclass
class Rejections:
    """Rows that were not accepted: all of them counted, the first ones kept."""

    kept: list[RowError] = field(default_factory=list)
    n_rows: int = 0
    n_malformed: int = 0

    def add(self, error: RowError) -> None:
        self.n_rows += 1
        self.n_malformed += error.malformed
        if len(self.kept) < MAX_KEPT_REJECTIONS:
            self.kept.append(error)


@dataclass(frozen=True)
class BatchReport:
    """The outcome of one import. `rows` = `created` + `duplicates` + rejected rows.

    batch : None after a dry run.
    refusal : why nothing at all was imported; empty otherwise.
    repeats_earlier : the same bytes were delivered before; this is their outcome.
    moved : how many rows had a field outside the neutral form, which went to meta.
    with_problems : new items in which something is odd; problems : how many have each problem.
    missing : (item, name) of files that items name and that did not come, the first ones.
    """

    batch: Batch | None
    source: str
    rows: int
    created: int
    duplicates: int
    rejected_rows: int
    rejected: list[dict[str, Any]]
    refusal: str = ""
    repeats_earlier: bool = False
    moved: Counter[str] = field(default_factory=Counter)
    with_problems: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return bool(self.refusal)

    def as_json(self) -> dict[str, Any]:
        """The contract's form, with what else there is to say."""
        report: dict[str, Any] = {
            "batch": self.batch.public_id if self.batch else None,
            "source": self.source,
            "rows": self.rows,
            "created": self.created,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
        }
        if self.rejected_rows > len(self.rejected):
            report["rejected_rows"] = self.rejected_rows
        if self.refusal:
            report["refused"] = self.refusal
        if self.repeats_earlier:
            report["repeats_earlier"] = True
        if self.with_problems:
            report["with_problems"] = self.with_problems
            report["problems"] = dict(self.problems)
        if self.missing:
            report["missing_files"] = [
                {"item_id": item, "name": name} for item, name in self.missing
            ]
        if self.moved:
            report["moved_to_meta"] = dict(self.moved)
        return report


def rejection_json(error: RowError, translate: Callable[[str], str]) -> dict[str, Any]:
    return {"row": error.row, "field": error.field, "error": error.rendered(translate)}
