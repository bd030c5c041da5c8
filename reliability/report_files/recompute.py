"""Compute a report's figures again from its ratings, with nothing of Concord.

    python recompute.py [FOLDER]

FOLDER (where this file lies, if not given) holds report.json and ratings.csv. Alpha comes from
the package krippendorff, kappa from statsmodels; agreement, AC1 and the intervals are formulas
written out below. The order of the ratings does not matter. Needs Python 3.10, numpy, scipy,
krippendorff and statsmodels.

Exit code: 0 every figure agrees to 1e-9; 1 one does not, or report.json was altered; 2 usage.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import sys
import warnings
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

Floats = NDArray[np.float64]
# A coefficient as a function of how often each distinct row of counts occurs.
Formula = Callable[[Floats], float]
Limits = tuple[float | None, float | None]

TOLERANCE = 1e-9
# Items times values: a table of counts that still fits in memory.
MAX_COUNTS = 50_000_000
# krippendorff holds units x values x values in memory, several times over.
MAX_CELLS = 20_000_000
# Distinct units of which each is left out once; past this an interval takes minutes.
MAX_LEFT_OUT = 5_000
SET_METRICS = ("masi", "jaccard")
NO_PACKAGE = "formula"


@dataclass(frozen=True)
class Result:
    """A figure computed here. `note` says why something is missing."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    package: str = NO_PACKAGE
    note: str = ""


@dataclass
class Ratings:
    """The ratings of one criterion: three columns of numbers and what they stand for."""

    items: dict[str, int] = field(default_factory=dict)
    raters: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    lengths: dict[int, str] = field(default_factory=dict)
    item: array[int] = field(default_factory=lambda: array("q"))
    rater: array[int] = field(default_factory=lambda: array("q"))
    value: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: Mapping[str, str]) -> None:
        item = self.items.setdefault(row["item_id"], len(self.items))
        self.item.append(item)
        self.rater.append(self.raters.setdefault(row["rater_id"], len(self.raters)))
        self.value.append(self.values.setdefault(row["value"], len(self.values)))
        if row.get("characters"):
            self.lengths[item] = row["characters"]


def read_ratings(path: Path) -> dict[str, Ratings]:
    """By criterion. Texts that a spreadsheet would run carry an apostrophe; it is taken away."""
    found: dict[str, Ratings] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            plain = {name: (cell or "").removeprefix("'") for name, cell in row.items()}
            found.setdefault(plain["dimension"], Ratings()).add(plain)
    return found


# -- what was asked: the values of a criterion, in their order


@dataclass(frozen=True)
class Scale:
    """`points` in order; `place` leads from a value's number in `Ratings` to its point."""

    level: str
    points: tuple[Any, ...]
    place: NDArray[np.int64]

    @property
    def numbers(self) -> Floats:
        """The points as numbers: themselves, or their positions when they are words."""
        if all(isinstance(point, int | float) for point in self.points):
            return np.array(self.points, dtype=float)
        return np.arange(len(self.points), dtype=float)

    def only(self, used: NDArray[np.bool_]) -> Scale:
        """The points that are used, still with the numbers of the whole scale."""
        kept = [i for i, is_used in enumerate(used) if is_used]
        sets = all(isinstance(point, frozenset) for point in self.points)
        points = self.points if sets else tuple(self.numbers.tolist())
        return Scale(self.level, tuple(points[i] for i in kept), self.place)


def scale_of(asked: Mapping[str, Any], ratings: Ratings) -> Scale:
    """The declared points of the criterion, or the values that were given, in order."""
    kind, level = asked["kind"], asked["level"]
    declared = [_as_point(point) for point in asked["points"]]
    if declared:
        points = declared
        by_text = {_text(point): i for i, point in enumerate(points)}
        place = [by_text[text] for text in ratings.values]
    else:
        given = [_given(kind, text) for text in ratings.values]
        points = sorted(set(given), key=_order)
        by_point = {point: i for i, point in enumerate(points)}
        place = [by_point[point] for point in given]
    return Scale(level, tuple(points), np.array(place, dtype=np.int64))


def _as_point(point: Any) -> Any:
    return frozenset(map(str, point)) if isinstance(point, list) else point


def _text(point: Any) -> str:
    return json.dumps(sorted(point)) if isinstance(point, frozenset) else str(point)


def _given(kind: str, text: str) -> Any:
    if kind == "numeric":
        return float(text)
    return frozenset(map(str, json.loads(text))) if kind == "multi_label" else text


def _order(point: Any) -> tuple[float, str]:
    if isinstance(point, int | float):
        return (float(point), "")
    return (0.0, ", ".join(sorted(point)) if isinstance(point, frozenset) else str(point))


# -- counts: how many raters gave each value to each item


def counts_of(ratings: Ratings, scale: Scale) -> Floats:
    """A row for each item, a column for each point."""
    counts = np.zeros((len(ratings.items), len(scale.points)))
    np.add.at(counts, (np.asarray(ratings.item), scale.place[np.asarray(ratings.value)]), 1)
    return counts


def pair_table(ratings: Ratings, scale: Scale, first: str, second: str) -> Floats:
    """Items that both rated, by the first rater's value (rows) and the second's."""
    items, raters = np.asarray(ratings.item), np.asarray(ratings.rater)
    points = scale.place[np.asarray(ratings.value)]
    mine = raters == ratings.raters.get(first, -1)
    yours = raters == ratings.raters.get(second, -1)
    _shared, i, j = np.intersect1d(items[mine], items[yours], return_indices=True)
    table = np.zeros((len(scale.points),) * 2)
    np.add.at(table, (points[mine][i], points[yours][j]), 1)
    return table


# -- distances and coefficients, as the textbooks write them


def distances(metric: str, scale: Scale, totals: Floats) -> Floats:
    """Krippendorff's squared differences; the ordinal one depends on how often points occur."""
    x = scale.numbers
    if metric == "ordinal":
        x = np.cumsum(totals) - totals / 2
        return np.asarray((x[:, None] - x) ** 2)
    if metric == "interval":
        return np.asarray((x[:, None] - x) ** 2)
    if metric == "ratio":
        sums = x[:, None] + x
        return np.asarray(((x[:, None] - x) / np.where(sums == 0, 1, sums)) ** 2)
    if metric in SET_METRICS:
        return np.array([[set_distance(metric, a, b) for b in scale.points] for a in scale.points])
    return 1 - np.eye(len(x))


def set_distance(metric: str, a: frozenset[str], b: frozenset[str]) -> float:
    """Passonneau (2006): one minus Jaccard, times 1, 2/3, 1/3 or 0 for how the sets lie."""
    if not a | b:
        return 0.0
    jaccard = len(a & b) / len(a | b)
    if metric == "jaccard":
        return 1 - jaccard
    lie = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if a & b else 0.0
    return 1 - jaccard * lie


# Each takes distinct rows of counts and gives the coefficient as a function of how often each
# row occurs, so that items can be left out by counting a row once less.


def alpha(rows: Floats, scale: Scale, metric: str) -> Formula:
    """One minus observed over expected disagreement."""

    def inside(d: Floats) -> Floats:
        return np.asarray(((rows @ d) * rows).sum(axis=1) / (rows.sum(axis=1) - 1))

    d = distances(metric, scale, np.zeros(rows.shape[1]))
    observed = inside(d)

    def of(frequencies: Floats) -> float:
        totals, n = frequencies @ rows, float(frequencies @ rows.sum(axis=1))
        own = distances(metric, scale, totals) if metric == "ordinal" else d
        within = inside(own) if metric == "ordinal" else observed
        expected = float(totals @ own @ totals)
        return 1 - (n - 1) * float(frequencies @ within) / expected if expected else math.nan

    return of


def agreement(rows: Floats) -> Formula:
    """Mean over items with two ratings or more of the share of agreeing rater pairs."""
    n = rows.sum(axis=1)
    compared = (n >= 2).astype(float)
    shares = compared * (rows * (rows - 1)).sum(axis=1) / np.maximum(n * (n - 1), 1)

    def of(frequencies: Floats) -> float:
        total = float(frequencies @ compared)
        return float(frequencies @ shares) / total if total else math.nan

    return of


def ac1(rows: Floats) -> Formula:
    """Gwet (2008): chance is guessing on items that are hard to rate."""
    observed, shares = agreement(rows), rows / rows.sum(axis=1)[:, None]

    def of(frequencies: Floats) -> float:
        mean = frequencies @ shares / frequencies.sum()
        expected = float((mean * (1 - mean)).sum()) / (rows.shape[1] - 1)
        return float((observed(frequencies) - expected) / (1 - expected))

    return of


def kappa(cells: NDArray[np.int64], weights: Floats) -> Formula:
    """Cohen's kappa of a table given as its cells, (row, column)."""
    apart = weights[tuple(cells.T)]

    def of(frequencies: Floats) -> float:
        share = frequencies / frequencies.sum()
        first, second = np.zeros(len(weights)), np.zeros(len(weights))
        np.add.at(first, cells[:, 0], share)
        np.add.at(second, cells[:, 1], share)
        expected = float(first @ weights @ second)
        return 1 - float(share @ apart) / expected if expected else math.nan

    return of


# -- the interval: leave each item out once, quantiles of t


def jackknife(
    of: Formula, frequencies: Floats, confidence: float, *, least: float = -math.inf
) -> Limits:
    """Limits of `of`; equal items are left out once for all. Nothing where there are none."""
    n = float(frequencies.sum())
    if n < 2 or len(frequencies) > MAX_LEFT_OUT:
        return (None, None)
    with np.errstate(all="ignore"):
        left_out = np.array([of(without) for without in one_less(frequencies)])
    if not np.isfinite(left_out).all():
        return (None, None)
    mean = frequencies @ left_out / n
    se = math.sqrt((n - 1) / n * float(frequencies @ (left_out - mean) ** 2))
    value, reach = of(frequencies), float(stats.t.ppf((1 + confidence) / 2, n - 1)) * se
    return max(least, value - reach), min(1.0, value + reach)


def one_less(frequencies: Floats) -> Iterator[Floats]:
    for i in range(len(frequencies)):
        fewer = frequencies.copy()
        fewer[i] -= 1
        yield fewer


def distinct(rows: Floats) -> tuple[Floats, Floats]:
    """Each different row once, and how often it occurs."""
    if not len(rows):
        return rows, np.zeros(0)
    found, frequencies = np.unique(rows, axis=0, return_counts=True)
    return found, frequencies.astype(float)


# -- one figure


def alpha_result(counts: Floats, scale: Scale, metric: str, confidence: float) -> Result:
    compared = counts[counts.sum(axis=1) >= 2]
    if not len(compared):
        return Result(note="undefined")
    used = compared.sum(axis=0) > 0
    compared, part = compared[:, used], scale.only(used)
    rows, frequencies = distinct(compared)
    of = alpha(rows, part, metric)
    low, high = jackknife(of, frequencies, confidence)
    if len(compared) * int(used.sum()) ** 2 > MAX_CELLS:
        return Result(_finite(of(frequencies)), low, high, note="too_large")
    value = _quietly(
        lambda: krippendorff.alpha(
            value_counts=compared,
            value_domain=part.numbers,
            level_of_measurement=_level(part, metric),
        )
    )
    return Result(value, low, high, "krippendorff", "" if value is not None else "undefined")


def _level(scale: Scale, metric: str) -> Any:
    """The package's own metric; for sets a function that it calls with places of values."""
    if metric not in SET_METRICS:
        return metric
    d = distances(metric, scale, np.zeros(len(scale.points)))
    return lambda v1, v2, i1, i2, n_v, **_rest: d[i1, i2]


def kappa_result(table: Floats, scale: Scale, weights: str, confidence: float) -> Result:
    x = scale.numbers
    named: dict[str, Any] = {} if weights == "identity" else {"weights": x, "wt": weights}
    value = _quietly(lambda: cohens_kappa(table, return_results=False, **named))
    apart = 1 - np.eye(len(x)) if weights == "identity" else np.asarray((x[:, None] - x) ** 2)
    of = kappa(np.argwhere(table > 0), apart)
    low, high = jackknife(of, table[table > 0], confidence)
    return Result(value, low, high, "statsmodels", "" if value is not None else "undefined")


def formula_result(
    formula: Callable[[Floats], Formula], counts: Floats, confidence: float, least: float
) -> Result:
    rows, frequencies = distinct(counts)
    of = formula(rows)
    low, high = jackknife(of, frequencies, confidence, least=least)
    return Result(_finite(of(frequencies)), low, high)


def _quietly(compute: Callable[[], Any]) -> float | None:
    """A number, or None where the package has none; its warnings are the note's business."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return _finite(float(compute()))
        except (ValueError, AssertionError, ZeroDivisionError):
            return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


# -- marked passages: is each character marked or not; items are left out whole


def marks_of(ratings: Ratings) -> list[tuple[int, NDArray[np.int64]]]:
    """Of each item with two ratings or more: raters, and how many marked each character."""
    spans = [json.loads(text) for text in ratings.values]
    given: dict[int, list[Any]] = {}
    for item, value in zip(ratings.item, ratings.value, strict=True):
        given.setdefault(item, []).append(spans[value])
    return [
        (len(answers), _characters(answers, json.loads(ratings.lengths.get(item, "{}"))))
        for item, answers in given.items()
        if len(answers) >= 2
    ]


def _characters(answers: Sequence[Any], lengths: dict[str, int]) -> NDArray[np.int64]:
    sides = dict(lengths)
    for mark in (mark for marks in answers for mark in marks):
        sides[mark["side"]] = max(sides.get(mark["side"], 0), mark["end"] or 0)
    total = {side: np.zeros(length, dtype=np.int64) for side, length in sides.items()}
    for marks in answers:
        own = {side: np.zeros(length, dtype=np.int64) for side, length in sides.items()}
        for mark in marks:
            if mark["start"] is not None:  # the passage was found in the text
                own[mark["side"]][mark["start"] : mark["end"]] = 1
        for side, seen in own.items():
            total[side] += seen
    return np.concatenate(list(total.values()) or [np.zeros(0, dtype=np.int64)])


def span_result(coefficient: str, ratings: Ratings, confidence: float) -> Result:
    marks = marks_of(ratings)
    if not marks:
        return Result(note="undefined")
    sums = np.array([_span_sums(n, marked) for n, marked in marks])
    ones = np.ones(len(sums))
    if coefficient == "percent_agreement":
        of = _mean_share(sums[:, 3])
        return Result(of(ones), *jackknife(of, ones, confidence, least=0.0))
    of = _span_alpha(sums[:, :3])
    return _span_package(marks, of(ones), jackknife(of, ones, confidence))


def _span_sums(n: int, marked: NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Differing pairs over n - 1, unmarked and marked ratings, share of agreeing pairs."""
    differing = float((2 * marked * (n - marked)).sum())
    pairs = len(marked) * n * (n - 1)
    seen = float(marked.sum())
    share = 1 - differing / pairs if pairs else 1.0
    return differing / (n - 1), len(marked) * n - seen, seen, share


def _mean_share(shares: Floats) -> Formula:
    return lambda frequencies: float(frequencies @ shares) / float(frequencies.sum())


def _span_alpha(sums: Floats) -> Formula:
    def of(frequencies: Floats) -> float:
        differing, unmarked, marked = (float(total) for total in frequencies @ sums)
        expected, n = 2 * unmarked * marked, unmarked + marked
        return 1 - (n - 1) * differing / expected if expected else math.nan

    return of


def _span_package(
    marks: list[tuple[int, NDArray[np.int64]]],
    otherwise: float,
    limits: Limits,
) -> Result:
    if 4 * sum(len(marked) for _n, marked in marks) > MAX_CELLS:
        return Result(_finite(otherwise), *limits, note="too_large")
    counts = np.concatenate([np.column_stack([n - marked, marked]) for n, marked in marks])
    value = _quietly(
        lambda: krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    )
    return Result(value, *limits, "krippendorff", "" if value is not None else "undefined")


# -- all figures of a report


@dataclass(frozen=True)
class Comparison:
    """A figure of the report beside the same figure computed here.

    difference: ours minus the report's; interval_difference: of the limit that differs more,
    None where the interval was not computed again.
    """

    figure: Mapping[str, Any]
    result: Result
    difference: float | None
    interval_difference: float | None

    @property
    def agrees(self) -> bool:
        if self.result.note == "too_large" and self.difference is None:
            return True
        if self.figure["estimate"] is None:
            return True  # the report gives a reason; packages may give a number nevertheless
        if self.result.value is None:
            return False
        return max(abs(self.difference or 0), abs(self.interval_difference or 0)) <= TOLERANCE


def compare(content: Mapping[str, Any], ratings: Mapping[str, Ratings]) -> Iterator[Comparison]:
    """Every figure of `content`, those of rater pairs included, criterion by criterion."""
    confidence = content["figures"]["confidence"]
    asked = {each["key"]: each for each in content["scales"]}
    for criterion in content["figures"]["criteria"]:
        given = ratings.get(criterion["key"], Ratings())
        compute = _computer(asked[criterion["key"]], given, confidence)
        for figure in (*criterion["figures"], *criterion["pairs"]):
            yield _compared(figure, compute(figure))


def _computer(
    asked: Mapping[str, Any], ratings: Ratings, confidence: float
) -> Callable[[Mapping[str, Any]], Result]:
    """What computes any figure of one criterion; the counts are made once."""
    if asked["kind"] == "span":
        return lambda figure: span_result(figure["coefficient"], ratings, confidence)
    scale = scale_of(asked, ratings)
    if len(ratings.items) * len(scale.points) > MAX_COUNTS:
        return lambda figure: Result(note="too_large")
    counts = counts_of(ratings, scale)

    def compute(figure: Mapping[str, Any]) -> Result:
        name = figure["coefficient"]
        if figure["raters"]:
            table = pair_table(ratings, scale, *figure["raters"])
            return kappa_result(table, scale, figure["weights"], confidence)
        if name == "krippendorff_alpha":
            metric = figure["weights"] if asked["level"] == "set" else asked["level"]
            return alpha_result(counts, scale, metric or "masi", confidence)
        formula = {"percent_agreement": agreement, "gwet_ac1": ac1}.get(name)
        if formula is None or figure["estimate"] is None:
            return Result(note="undefined" if formula else "not_offered")
        least = 0.0 if formula is agreement else -math.inf
        return formula_result(formula, counts, confidence, least)

    return compute


def _compared(figure: Mapping[str, Any], result: Result) -> Comparison:
    reported = figure["estimate"]
    if reported is None or result.value is None:
        return Comparison(figure, result, None, None)
    gaps: list[float] = []
    if figure["ci_method"] == "jackknife_t" and result.low is not None and result.high is not None:
        gaps = [result.low - figure["ci_low"], result.high - figure["ci_high"]]
    return Comparison(figure, result, result.value - reported, max(gaps, key=abs) if gaps else None)


# -- the command


def content_of(path: Path) -> Any:
    """The report's content. Raises ValueError when it is not what its hash says."""
    report = json.loads(path.read_text(encoding="utf-8"))
    canonical = json.dumps(
        report["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    if hashlib.sha256(canonical.encode()).hexdigest() != report["content_hash"]:
        raise ValueError(f"{path.name} was altered: its content does not match its hash.")
    return report["content"]


def line_of(comparison: Comparison) -> str:
    figure, result = comparison.figure, comparison.result
    name = " ".join(
        [
            figure["criterion"],
            figure["coefficient"],
            *([figure["weights"]] if figure["weights"] else []),
            *([" x ".join(figure["raters"])] if figure["raters"] else []),
        ]
    )
    if comparison.difference is None:
        why = figure["undefined_reason"] or result.note or "no value"
        verdict = why if comparison.agrees else f"DIFFERS: {result.value} ({why})"
        return f"{name}: {verdict}"
    verdict = "same" if comparison.agrees else "DIFFERS"
    by = result.package if result.package != NO_PACKAGE else "formula"
    return f"{name}: {result.value:.6f} by {by}, difference {comparison.difference:+.1e}, {verdict}"


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    report, ratings = folder / "report.json", folder / "ratings.csv"
    if len(arguments) > 1 or not report.is_file() or not ratings.is_file():
        print(__doc__, file=sys.stderr)
        return 2
    try:
        content = content_of(report)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    n = n_differing = 0
    for comparison in compare(content, read_ratings(ratings)):
        print(line_of(comparison))
        n, n_differing = n + 1, n_differing + (not comparison.agrees)
    print(f"{n} figures, {n_differing} of them differ by more than {TOLERANCE:g}.")
    return 1 if n_differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
