"""What became of a file of judgments."""

from dataclasses import asdict, dataclass, field
from typing import Any

from accounts.errors import Invalid
from annotation.readers import RowError
from annotation.services.batches.report import MAX_KEPT_REJECTIONS


class JudgmentsRefused(Invalid):
    """The judgments can't be imported; the detail says what to change."""

    code = "judgments_refused"


@dataclass
class Tally:
    """Counts over the rows of a file.

    rows : rows of the file. Each is a rating, a duplicate, missing or rejected.
    duplicates : rows that repeat an earlier one word for word; kept once.
    missing : rows with an empty value or one that stands for it.
    not_asked : ratings of a criterion that the rubric would not have shown after
        the rater's other answers. Kept: the study they come from asked it.
    spans, spans_without_place, spans_without_label : marks; those without start
        and end, and those without a label.
    spans_with_other_text : marks whose text differs from what stands there.
    """

    rows: int = 0
    duplicates: int = 0
    missing: int = 0
    rejected_rows: int = 0
    not_asked: int = 0
    spans: int = 0
    spans_without_place: int = 0
    spans_without_label: int = 0
    spans_with_other_text: int = 0


@dataclass
class JudgmentsReport:
    """The outcome of one import; `round` and `name` are empty when nothing was stored."""

    rubric: str
    round: str = ""
    name: str = ""
    judgments: int = 0
    ratings: int = 0
    raters: int = 0
    items: int = 0
    tally: Tally = field(default_factory=Tally)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""
    repeats_earlier: bool = False

    def reject(self, error: RowError) -> None:
        self.tally.rejected_rows += 1
        if len(self.rejected) < MAX_KEPT_REJECTIONS:
            self.rejected.append({"row": error.row, "field": error.field, "error": error.error})

    def as_json(self) -> dict[str, Any]:
        """The contract's form: the counts everyone needs, then those that are not zero."""
        tally = asdict(self.tally)
        report: dict[str, Any] = {
            "round": self.round or None,
            "name": self.name,
            "rubric": self.rubric,
            "rows": tally.pop("rows"),
            "judgments": self.judgments,
            "ratings": self.ratings,
            "raters": self.raters,
            "items": self.items,
            "duplicates": tally.pop("duplicates"),
            "missing": tally.pop("missing"),
            "rejected": self.rejected,
        }
        if tally.pop("rejected_rows") > len(self.rejected):
            report["rejected_rows"] = self.tally.rejected_rows
        report |= {name: count for name, count in tally.items() if count}
        if self.refusal:
            report["refused"] = self.refusal
        if self.repeats_earlier:
            report["repeats_earlier"] = True
        return report

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "JudgmentsReport":
        """The report that `as_json` was made from, as kept with the round."""
        names = set(Tally.__dataclass_fields__)
        own = set(cls.__dataclass_fields__) - {"tally", "refusal"}
        return cls(
            **{name: stored[name] for name in own & stored.keys()},
            tally=Tally(**{name: stored[name] for name in names & stored.keys()}),
        )
