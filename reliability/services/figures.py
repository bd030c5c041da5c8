"""A report's figures as plain values that survive a trip through JSON unchanged."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reliability.services.figure_json import read

FORM = 3  # raised when the JSON below changes, so that reports stored before are not taken for it


@dataclass(frozen=True, slots=True)
class Check:
    """The same figure computed by another package. `note` says why it could not, if so."""

    package: str
    value: float | None = None
    difference: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One coefficient with its evidence; `raters` are the two codes of a pair figure.

    prevalence, bias: indices of two raters on a scale of two points, 0 to 1; else None.
    """

    criterion: str
    coefficient: str
    level: str | None
    weights: str | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    se: float | None
    n_units: int
    n_raters: int | None
    n_ratings: int
    n_pairable: int
    undefined_reason: str | None
    warnings: tuple[str, ...] = ()
    raters: tuple[str, str] | None = None
    check: Check | None = None
    prevalence: float | None = None
    bias: float | None = None

    def record(self, source: str, part: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The record that `manage.py agreement` prints too; a pair figure names its raters.

        part: {name: value} of the slice that the figure is of.
        """
        record: dict[str, Any] = {"source": source, "criterion": self.criterion}
        record["slice"] = None if part is None else dict(part)
        record |= {name: getattr(self, name) for name in RECORD_FIELDS}
        if self.raters is not None:
            record["raters"] = list(self.raters)
        return record


RECORD_FIELDS = (
    "coefficient",
    "level",
    "weights",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_method",
    "se",
    "n_units",
    "n_raters",
    "n_ratings",
    "n_pairable",
    "undefined_reason",
)


@dataclass(frozen=True, slots=True)
class ValueShare:
    """How often one value was chosen. `value` as the contract writes it (sets: a list)."""

    value: Any
    label: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two values that raters gave the same item: on how many items, by how many rater pairs."""

    values: tuple[Any, Any]
    labels: tuple[str, str]
    n_items: int
    n_pairs: int


@dataclass(frozen=True, slots=True)
class SplitFigure:
    """One of the items that raters disagree on most; `values` are (value, how many raters).

    part: what of the item, where a criterion is asked of parts.
    """

    item: str
    external_id: str
    disagreement: float
    values: tuple[tuple[Any, int], ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Ratings that no figure counts, by reason. Abstentions are neither values nor missing."""

    abstentions: int = 0
    surplus: int = 0
    revotes: int = 0
    checks: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """First minus second. p_adjusted: among all comparisons made for the same reason.

    n_units: items behind it; shared ones, where both sides have them, count once.
    """

    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    se: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    n_units: int = 0
    undefined_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Whether slices differ by more than chance: Cochran's Q of their coefficients."""

    q: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One value of a slice. `figure` is alpha; `difference`: these items minus all others.

    is_suppressed: fewer items than the report's `min_items`, too few to say anything; then only
    its size is told.
    """

    value: str
    n_items: int
    n_ratings: int
    figure: Figure | None = None
    agreement: Figure | None = None
    difference: Comparison | None = None
    is_suppressed: bool = False


@dataclass(frozen=True, slots=True)
class SliceFamily:
    """The values of one slice, most items first; n_left_out: values past the limit.

    source: "model", "batch", "vendor", "length", or "slice" and "meta" for keys of the items.
    """

    name: str
    source: str
    rows: tuple[SliceRow, ...]
    n_left_out: int = 0
    heterogeneity: Heterogeneity | None = None
    min_items: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Items whose last counted rating was given from `start` to `end` (ISO dates, both in)."""

    start: str
    end: str
    n_items: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class RaterInfluence:
    """Alpha without one rater; `change` is alpha of all minus alpha `without`.

    severity: how far above the others' the rater's values lie, on the items they share;
    mean_agreement: with the others, on those items.
    """

    rater: str
    n_ratings: int
    without: Figure
    change: Comparison | None = None
    severity: float | None = None
    severity_low: float | None = None
    severity_high: float | None = None
    mean_agreement: float | None = None


@dataclass(frozen=True, slots=True)
class AnchorFigure:
    """Agreement on one point of the scale; n_items: items to which somebody gave it."""

    value: Any
    label: str
    n_items: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class ConfusedAnchors:
    """Two points that raters give the same items.

    share: of all rater pairs that disagree, those between these two; ratio: to what the use of
    the points alone would bring about, with its interval.
    """

    values: tuple[Any, Any]
    labels: tuple[str, str]
    n_items: int
    n_pairs: int
    share: float
    ratio: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True, slots=True)
class CellShare:
    """A cell of the confusion matrix, row <= column: indices into the criterion's `points`.

    n_pairs: unordered rater pairs of one item that gave these two points; n_items: items that
    hold such a pair.
    """

    row: int
    column: int
    n_items: int
    n_pairs: int


@dataclass(frozen=True, slots=True)
class Predicted:
    """Reliability of the mean of `n_raters` raters."""

    n_raters: int
    value: float
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True, slots=True)
class Width:
    """Expected width of alpha's interval with `n_items` items."""

    n_items: int
    width: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What further raters or items would do. item, rater, residual: variances.

    raters_needed: until the mean of so many reaches `target`, None if no number does;
    items_needed: (width of the interval, items until it is reached).
    """

    item: float | None = None
    rater: float | None = None
    residual: float | None = None
    undefined_reason: str | None = None
    predicted: tuple[Predicted, ...] = ()
    raters_needed: int | None = None
    target: float = 0.8
    widths: tuple[Width, ...] = ()
    items_needed: tuple[tuple[float, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionFigures:
    """Everything a report says about one criterion.

    raters: {code: ratings given}; pairs_left_out: rater pairs without figures, because there
    are more than a report can hold. points, labels: the scale that `matrix` and `patterns`
    index. patterns: ((raters who chose each point), items that look so), without items; None
    when there are too many.
    per: "response", "turn" or "step" where each such part of an item is a unit of its own; then
    every number of items here counts parts, `n_whole_items` the items that they are parts of, and
    intervals leave out one item with all its parts at a time.
    """

    key: str
    question: str
    kind: str
    level: str
    tier: str
    n_items: int
    n_ratings: int
    raters: Mapping[str, int]
    excluded: Excluded
    figures: tuple[Figure, ...]
    pairs: tuple[Figure, ...]
    pairs_left_out: int
    distribution: tuple[ValueShare, ...]
    confusions: tuple[Confusion, ...]
    split: tuple[SplitFigure, ...]
    points: tuple[Any, ...] = ()
    labels: tuple[str, ...] = ()
    slices: tuple[SliceFamily, ...] = ()
    periods: tuple[Period, ...] = ()
    raters_left_out: tuple[RaterInfluence, ...] = ()
    anchors: tuple[AnchorFigure, ...] = ()
    confused: tuple[ConfusedAnchors, ...] = ()
    matrix: tuple[CellShare, ...] = ()
    agreed: tuple[SplitFigure, ...] = ()
    decision: Decision | None = None
    patterns: tuple[tuple[tuple[int, ...], int], ...] | None = None
    per: str = ""
    n_whole_items: int | None = None

    def figure(self, coefficient: str) -> Figure | None:
        return next((each for each in self.figures if each.coefficient == coefficient), None)

    def slice_family(self, name: str) -> SliceFamily | None:
        return next((each for each in self.slices if each.name == name), None)


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A round's report: what was counted and each criterion's figures.

    min_items: slices with fewer items are not told; targets: the lines a lower limit is held
    against (tentative conclusions, then firm ones).
    """

    round: str
    round_name: str
    rubric: str
    n_items: int
    n_judgments: int
    confidence: float
    criteria: tuple[CriterionFigures, ...]
    rubric_version: str = ""
    rubric_hash: str = ""
    round_kind: str = ""
    closed_at: str | None = None
    min_items: int = 0
    targets: tuple[float, float] = (0.667, 0.8)

    def criterion(self, key: str) -> CriterionFigures | None:
        return next((each for each in self.criteria if each.key == key), None)

    def records(self) -> list[dict[str, Any]]:
        """One flat list, criterion by criterion: its figures, then those of its rater pairs."""
        return [
            figure.record(self.round_name)
            for criterion in self.criteria
            for figure in (*criterion.figures, *criterion.pairs)
        ]

    def slice_records(self, by: str | None) -> list[dict[str, Any]]:
        """Alpha and percent agreement of each slice that is told, criterion by criterion."""
        return [
            figure.record(self.round_name, {family.name: row.value})
            for criterion in self.criteria
            for family in criterion.slices
            if family.name == by
            for row in family.rows
            for figure in (row.figure, row.agreement)
            if figure is not None
        ]

    def to_json(self) -> dict[str, Any]:
        return {"form": FORM, **asdict(self)}


def figures_from(data: Mapping[str, Any]) -> ReportFigures:
    """The inverse of `ReportFigures.to_json`."""
    return read(ReportFigures, data)
