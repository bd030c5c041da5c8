"""Every table of the reliability pages as rows of a file, one criterion after another."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.csv_files import Line
from reliability.services.figures import (
    RECORD_FIELDS,
    Comparison,
    CriterionFigures,
    Figure,
    SplitFigure,
)
from reliability.views.phrases import point

Criteria = Sequence[CriterionFigures]
INTERVAL = ("estimate", "ci_low", "ci_high")
CHANGE = ("difference", "difference_low", "difference_high", "p_value", "p_adjusted")


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` takes the criteria and the items whose answers are hidden from this person."""

    header: tuple[str, ...]
    rows: Callable[[Criteria, frozenset[str]], Iterator[Line]]


def _of(header: Sequence[str], lines: Callable[[CriterionFigures], Iterable[Line]]) -> Table:
    """A table whose lines begin with the criterion and tell nothing of single items."""

    def rows(criteria: Criteria, hidden: frozenset[str]) -> Iterator[Line]:
        for criterion in criteria:
            for line in lines(criterion):
                yield [criterion.key, *line]

    return Table(("criterion", *header), rows)


def _of_items(name: str) -> Table:
    """A table of single items, without those that wait to be decided blind."""

    def rows(criteria: Criteria, hidden: frozenset[str]) -> Iterator[Line]:
        for criterion in criteria:
            items: tuple[SplitFigure, ...] = getattr(criterion, name)
            for each in items:
                if each.item not in hidden:
                    given = "; ".join(f"{point(value)} × {n}" for value, n in each.values)
                    yield [criterion.key, each.external_id, each.disagreement, given, each.part]

    return Table(("criterion", "item_id", "disagreement", "values", "part"), rows)


def _interval(figure: Figure | None) -> Line:
    return [None] * 3 if figure is None else [figure.estimate, figure.ci_low, figure.ci_high]


def _change(found: Comparison | None) -> Line:
    if found is None:
        return [None] * 5
    return [found.value, found.ci_low, found.ci_high, found.p_value, found.p_adjusted]


def _figures(criterion: CriterionFigures) -> Iterator[Line]:
    for figure in (*criterion.figures, *criterion.pairs):
        record = figure.record("")
        yield [" × ".join(figure.raters or ()), *(record[name] for name in RECORD_FIELDS)]


def _distribution(criterion: CriterionFigures) -> Iterator[Line]:
    for each in criterion.distribution:
        yield [point(each.value), each.label, each.n, each.share]


def _anchors(criterion: CriterionFigures) -> Iterator[Line]:
    for each in criterion.anchors:
        figure = each.figure
        yield [point(each.value), each.label, each.n_items, figure.coefficient, *_interval(figure)]


def _confused(criterion: CriterionFigures) -> Iterator[Line]:
    for each in criterion.confused:
        first, second = map(point, each.values)
        counts = [each.n_items, each.n_pairs, each.share]
        yield [first, second, *each.labels, *counts, each.ratio, each.ci_low, each.ci_high]


def _matrix(criterion: CriterionFigures) -> Iterator[Line]:
    for cell in criterion.matrix:
        first, second = criterion.points[cell.row], criterion.points[cell.column]
        yield [point(first), point(second), cell.n_items, cell.n_pairs]


def _slices(criterion: CriterionFigures) -> Iterator[Line]:
    for family in criterion.slices:
        for row in family.rows:
            told = [None] * 11
            if not row.is_suppressed:
                told = [*_interval(row.figure), *_interval(row.agreement), *_change(row.difference)]
            yield [family.name, row.value, row.n_items, row.n_ratings, row.is_suppressed, *told]


def _periods(criterion: CriterionFigures) -> Iterator[Line]:
    for each in criterion.periods:
        yield [each.start, each.end, each.n_items, *_interval(each.figure)]


def _raters(criterion: CriterionFigures) -> Iterator[Line]:
    for each in criterion.raters_left_out:
        severity = [each.severity, each.severity_low, each.severity_high]
        change = _change(each.change)[:3]
        counts = [each.rater, each.n_ratings]
        yield [*counts, *_interval(each.without), *change, *severity, each.mean_agreement]


def _predicted(criterion: CriterionFigures) -> Iterator[Line]:
    if criterion.decision is None:
        return
    for each in criterion.decision.predicted:
        yield [each.n_raters, each.value, each.ci_low, each.ci_high]


def _widths(criterion: CriterionFigures) -> Iterator[Line]:
    if criterion.decision is None:
        return
    for each in criterion.decision.widths:
        yield [each.n_items, each.width]


def _variance(criterion: CriterionFigures) -> Iterator[Line]:
    found = criterion.decision
    if found is not None:
        yield [found.item, found.rater, found.residual, found.undefined_reason]


TABLES: Mapping[str, Table] = {
    "figures": _of(("raters", *RECORD_FIELDS), _figures),
    "distribution": _of(("value", "label", "n_ratings", "share"), _distribution),
    "anchors": _of(("value", "label", "n_items", "coefficient", *INTERVAL), _anchors),
    "confused": _of(
        (
            "first", "second", "first_label", "second_label", "n_items", "n_pairs", "share",
            "ratio_to_chance", "ratio_low", "ratio_high",
        ),
        _confused,
    ),
    "matrix": _of(("first", "second", "n_items", "n_pairs"), _matrix),
    "slices": _of(
        (
            "slice", "value", "n_items", "n_ratings", "is_suppressed", *INTERVAL,
            "agreement", "agreement_low", "agreement_high", *CHANGE,
        ),
        _slices,
    ),
    "periods": _of(("start", "end", "n_items", *INTERVAL), _periods),
    "raters": _of(
        (
            "rater", "n_ratings", "without", "without_low", "without_high",
            "change", "change_low", "change_high",
            "severity", "severity_low", "severity_high", "mean_agreement",
        ),
        _raters,
    ),
    "predicted": _of(("n_raters", *INTERVAL), _predicted),
    "widths": _of(("n_items", "width"), _widths),
    "variance": _of(("item", "rater", "residual", "undefined_reason"), _variance),
    "split": _of_items("split"),
    "agreed": _of_items("agreed"),
}  # fmt: skip
