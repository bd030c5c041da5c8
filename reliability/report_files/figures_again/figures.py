"""Every figure of one criterion, by a package where one offers it, else by formula."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import krippendorff
import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from . import coefficients as c
from . import spans
from .data import (
    Floats,
    Integers,
    Ratings,
    Scale,
    counts_of,
    points_by_rater,
    scale_of,
    shared,
)
from .intervals import Limits, Units, jackknife, units_of

# Items times values: a table of counts that still fits in memory.
MAX_COUNTS = 50_000_000
# krippendorff holds items x values x values in memory, several times over.
MAX_CELLS = 20_000_000
FORMULA, KRIPPENDORFF, STATSMODELS = "formula", "krippendorff", "statsmodels"
NOTHING: Limits = (None, None)


@dataclass(frozen=True)
class Result:
    """A figure computed here. `note` says why something is missing."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    package: str = FORMULA
    note: str = ""


Figure = Mapping[str, Any]


def computer(
    asked: Mapping[str, Any], ratings: Ratings, confidence: float
) -> Callable[[Figure], Result]:
    """What computes any figure of one criterion; the counts are made once."""
    if asked["kind"] == "span":
        return Passages(ratings, confidence).result
    if not len(ratings.item):
        return lambda figure: Result(note="undefined")
    scale = scale_of(asked, ratings)
    if len(ratings.items) * len(scale.points) > MAX_COUNTS:
        return lambda figure: Result(note="too_large")
    return Criterion(ratings, scale, confidence).result


class Criterion:
    """The counts of one criterion, and its figures from them."""

    def __init__(self, ratings: Ratings, scale: Scale, confidence: float) -> None:
        self.ratings, self.scale, self.confidence = ratings, scale, confidence
        self.counts = counts_of(ratings, scale)
        self.groups = ratings.group_of_item
        self.units = units_of(self.counts, self.groups)
        self.by_rater = points_by_rater(ratings, scale)

    def result(self, figure: Figure) -> Result:
        name, weights = figure["coefficient"], figure["weights"] or "identity"
        if figure["raters"]:
            first, second = figure["raters"]
            return self.kappa(first, second, weights)
        if name == "krippendorff_alpha":
            return self.alpha(weights if self.scale.level == "set" else self.scale.level)
        if figure["estimate"] is None:
            return Result(note="undefined")
        if name in ("conger_kappa", "light_kappa"):
            return self.conger() if name == "conger_kappa" else self.light()
        if name in ("icc_2_1", "icc_2_k"):
            return self.intraclass(of_mean=name == "icc_2_k")
        return self.by_formula(name, weights)

    def alpha(self, metric: str) -> Result:
        is_compared = self.counts.sum(axis=1) >= 2
        compared = self.counts[is_compared]
        if not len(compared):
            return Result(note="undefined")
        used = compared.sum(axis=0) > 0
        compared, part = compared[:, used], self.scale.only(used)
        groups = None if self.groups is None else self.groups[is_compared]
        units = units_of(compared, groups)
        of = c.alpha(units.rows, part, metric)
        limits = jackknife(of, units, self.confidence)
        if len(compared) * int(used.sum()) ** 2 > MAX_CELLS:
            return Result(_finite(of(units.frequencies)), *limits, note="too_large")
        value = _quietly(
            lambda: krippendorff.alpha(
                value_counts=compared,
                value_domain=part.numbers,
                level_of_measurement=_level(part, metric),
            )
        )
        return _packaged(value, limits, KRIPPENDORFF)

    def kappa(self, first: str, second: str, weights: str) -> Result:
        items, rows, columns = self._pair(first, second)
        value = self._kappa_of(rows, columns, weights)
        x = self.scale.numbers
        apart = 1 - np.eye(len(x)) if weights == "identity" else np.abs(x[:, None] - x)
        if weights == "quadratic":
            apart = apart**2
        groups = None if self.groups is None else self.groups[items]
        units = units_of(np.column_stack([rows, columns]).astype(float), groups)
        of = c.kappa(units.rows.astype(np.int64), np.asarray(apart, dtype=float))
        return _packaged(value, jackknife(of, units, self.confidence), STATSMODELS)

    def _pair(self, first: str, second: str) -> tuple[Integers, Integers, Integers]:
        nobody = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        return shared(self.by_rater.get(first, nobody), self.by_rater.get(second, nobody))

    def _kappa_of(self, rows: Integers, columns: Integers, weights: str) -> float | None:
        x = self.scale.numbers
        table = np.zeros((len(x), len(x)))
        np.add.at(table, (rows, columns), 1)
        named: dict[str, Any] = {} if weights == "identity" else {"weights": x, "wt": weights}
        return _quietly(lambda: cohens_kappa(table, return_results=False, **named))

    def by_formula(self, name: str, weights: str) -> Result:
        rows, w = self.units.rows, c.weight_matrix(weights, self.scale)
        formulas: dict[str, Callable[[], c.Formula]] = {
            "percent_agreement": lambda: c.agreement(rows, w),
            "percent_agreement_pooled": lambda: c.pooled_agreement(rows, w),
            "fleiss_kappa": lambda: c.corrected(rows, w, c.fleiss_chance(w)),
            "gwet_ac1": lambda: c.corrected(rows, w, c.gwet_chance(w)),
            "gwet_ac2": lambda: c.corrected(rows, w, c.gwet_chance(w)),
            "brennan_prediger": lambda: c.corrected(rows, w, c.uniform_chance(w)),
            "preference_agreement": lambda: c.agreement(rows, w),
            "preference_kappa": lambda: c.corrected(rows, w, c.fleiss_chance(w)),
        }
        if name not in formulas:
            return Result(note="not_offered")
        of = formulas[name]()
        least = 0.0 if name.endswith("agreement") or name.startswith("percent") else -math.inf
        limits = jackknife(of, self.units, self.confidence, least)
        if name == "fleiss_kappa" and weights == "identity" and self._is_balanced():
            return _packaged(_quietly(lambda: fleiss_kappa(self.counts)), limits, STATSMODELS)
        return Result(_finite(of(self.units.frequencies)), *limits)

    def _is_balanced(self) -> bool:
        """statsmodels needs the same number of ratings, two or more, on each item."""
        n = self.counts.sum(axis=1)
        return bool(n[0] >= 2 and (n == n[0]).all())

    def conger(self) -> Result:
        observed = c.agreement(self.units.rows, np.eye(len(self.scale.points)))
        by_rater = [
            np.bincount(points, minlength=len(self.scale.points)).astype(float)
            for _items, points in self.by_rater.values()
        ]
        return Result(_finite(c.conger_kappa(observed(self.units.frequencies), by_rater)))

    def light(self) -> Result:
        """The mean of statsmodels' kappas over pairs that share items."""
        codes, found = list(self.by_rater), []
        for n, second in enumerate(codes):
            for first in codes[:n]:
                _items, rows, columns = self._pair(first, second)
                value = self._kappa_of(rows, columns, "identity") if len(rows) else None
                found += [] if value is None else [value]
        return _packaged(float(np.mean(found)) if found else None, NOTHING, STATSMODELS)

    def intraclass(self, *, of_mean: bool) -> Result:
        """Complete tables only; with gaps it takes more than a formula."""
        if len(self.ratings.item) != len(self.ratings.items) * len(self.ratings.raters):
            return Result(note="not_offered")
        x = self.scale.numbers
        table = np.column_stack([x[points] for _items, points in self.by_rater.values()])
        return Result(_finite(c.intraclass(table, of_mean=of_mean)))


def _level(scale: Scale, metric: str) -> Any:
    """The package's own metric; for sets a function that it calls with places of values."""
    if metric not in c.SET_METRICS:
        return metric
    d = c.distances(metric, scale, np.zeros(len(scale.points)))
    return lambda v1, v2, i1, i2, n_v, **_rest: d[i1, i2]


class Passages:
    """The marked passages of one criterion, and its figures from them."""

    def __init__(self, ratings: Ratings, confidence: float) -> None:
        self.items, numbers = spans.items_of(ratings)
        self.confidence = confidence
        groups = ratings.group_of_item
        self.groups = None if groups is None else groups[numbers]

    def result(self, figure: Figure) -> Result:
        if not self.items or figure["estimate"] is None:
            return Result(note="undefined")
        name = figure["coefficient"]
        if name in ("span_f1_exact", "span_f1_soft"):
            earned = spans.exactly if name == "span_f1_exact" else spans.in_part
            rows = spans.found_rows(self.items, earned)
            return self.by_formula(spans.share(rows), rows, least=0.0)
        bits = spans.bits_of(self.items, labelled=figure["weights"] != "characters")
        if bits is None:
            return Result(note="too_large")
        counts = spans.counts_of(self.items, bits)
        if name == "krippendorff_alpha":
            return self.alpha(counts)
        if name == "u_alpha":
            rows = spans.segment_rows(self.items, counts)
            return self.by_formula(spans.unitizing_alpha(rows), rows)
        if name == "percent_agreement":
            rows = spans.character_shares(counts)
            return self.by_formula(spans.share(rows), rows, least=0.0)
        return Result(note="not_offered")

    def alpha(self, counts: list[Floats]) -> Result:
        rows = spans.character_rows(counts)
        found = self.by_formula(spans.character_alpha(rows), rows)
        if sum(map(len, counts)) * counts[0].shape[1] ** 2 > MAX_CELLS:
            return replace(found, note="too_large")
        value = _quietly(
            lambda: krippendorff.alpha(
                value_counts=np.concatenate(counts), level_of_measurement="nominal"
            )
        )
        return _packaged(value, (found.low, found.high), KRIPPENDORFF)

    def by_formula(self, of: c.Formula, rows: Floats, *, least: float = -math.inf) -> Result:
        units = Units(rows, np.ones(len(rows)), np.arange(len(rows)), self.groups)
        limits = jackknife(of, units, self.confidence, least)
        return Result(_finite(of(units.frequencies)), *limits)


def _packaged(value: float | None, limits: Limits, package: str) -> Result:
    return Result(value, *limits, package, "" if value is not None else "undefined")


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
