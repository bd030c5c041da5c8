"""Every coefficient by name: where it applies, what it takes, how to compute it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from .agreement import percent_agreement
from .alpha import weighted_alpha
from .correlation import kendall_tau, kendall_w, lin_ccc, pearson, spearman
from .data import Level, PairTable, Patterns
from .distances import Weights
from .errors import UnknownNameError
from .icc import ICC_NAMES, icc
from .inference import DEFAULT_INTERVAL, Interval, infer
from .kappa import cohen_kappa, scott_pi
from .multirater import (
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    pabak,
    randolph_kappa,
    weights_for_level,
)
from .raterwise import conger_kappa, light_kappa
from .ratings import Ratings, TooManyValuesError
from .results import Estimate, Undefined

EVERY_LEVEL = frozenset(Level)
ORDERED = frozenset({Level.ORDINAL, Level.INTERVAL, Level.RATIO})
NUMERIC = frozenset({Level.INTERVAL, Level.RATIO})

WeightsLike = str | ArrayLike
Compute = Callable[[Ratings, WeightsLike | None, Interval], Estimate]


@dataclass(frozen=True)
class Coefficient:
    """A registered coefficient.

    Attributes
    ----------
    levels
        Levels of measurement at which it means something; elsewhere the result
        is undefined, "unsuitable_level".
    takes_weights
        Whether agreement weights change it.
    is_symmetric
        Whether the order of the ratings inside a unit is irrelevant (raters
        not told apart).
    n_raters
        Exact number of raters it is defined for; None for any.
    """

    name: str
    compute: Compute
    levels: frozenset[Level] = EVERY_LEVEL
    takes_weights: bool = False
    is_symmetric: bool = False
    n_raters: int | None = None


def coefficient(
    name: str,
    ratings: Ratings,
    *,
    weights: WeightsLike | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    """The named coefficient of some ratings, at their level of measurement.

    Parameters
    ----------
    name : str
        A key of `COEFFICIENTS`.
    weights : str or array_like, optional
        Agreement weights, for coefficients that take them. Identity if not
        given; Gwet's AC2 then takes those its level suggests, and alpha keeps
        the distance of its level.

    Raises
    ------
    UnknownNameError
        No coefficient has that name.
    """
    if name not in COEFFICIENTS:
        raise UnknownNameError(f"no coefficient is called {name!r}")
    entry = COEFFICIENTS[name]
    if ratings.level not in entry.levels:
        return undefined(name, ratings, Undefined.UNSUITABLE_LEVEL)
    return entry.compute(ratings, weights, interval)


def undefined(
    name: str, ratings: Ratings, reason: Undefined, *, weights: str | None = None
) -> Estimate:
    """The answer of a coefficient that has no value on these ratings."""
    return infer(
        None,
        undefined=reason,
        counts=ratings.evidence(),
        interval=DEFAULT_INTERVAL,
        coefficient=name,
        level=ratings.level.value,
        weights=weights,
    )


def _of_patterns(
    name: str, function: Callable[..., Estimate], *, weighted: bool = True
) -> Coefficient:
    def compute(ratings: Ratings, weights: WeightsLike | None, interval: Interval) -> Estimate:
        try:
            patterns: Patterns = ratings.patterns()
        except TooManyValuesError:
            return undefined(name, ratings, Undefined.TOO_MANY_VALUES)
        if not weighted:
            return function(patterns, interval=interval)
        chosen = weights if weights is not None else _default_weights(name, ratings.level)
        return function(patterns, chosen, interval=interval)

    return Coefficient(name, compute, takes_weights=weighted, is_symmetric=True)


def _default_weights(name: str, level: Level) -> Weights:
    return weights_for_level(level) if name == "gwet_ac2" else Weights.IDENTITY


def _of_pair(name: str, function: Callable[..., Estimate]) -> Coefficient:
    def compute(ratings: Ratings, weights: WeightsLike | None, interval: Interval) -> Estimate:
        chosen = Weights.IDENTITY if weights is None else weights
        if ratings.n_raters > 2 and ratings.n_pairable:
            return undefined(name, ratings, Undefined.NEEDS_TWO_RATERS)
        try:
            table = two_rater_table(ratings)
        except TooManyValuesError:
            return undefined(name, ratings, Undefined.TOO_MANY_VALUES)
        estimate = function(table, chosen, interval=interval)
        return replace(estimate, n_raters=ratings.n_raters)

    return Coefficient(name, compute, takes_weights=True, n_raters=2)


# A dense table of two raters: beyond this many points there is none.
_MOST_TABLE_POINTS = 2000


def two_rater_table(ratings: Ratings) -> PairTable:
    """The table of the only two raters; empty when nobody shares a unit."""
    shared = ratings.n_raters == 2 and ratings.n_pairable > 0
    if shared and len(ratings.points) > _MOST_TABLE_POINTS:
        raise TooManyValuesError(f"{len(ratings.points)} points on each side of a table")
    if shared:
        return ratings.pair_table(0, 1)
    return PairTable(np.zeros((0, 0)), (), ratings.level, n_ratings=ratings.n_ratings)


def _of_ratings(
    name: str,
    function: Callable[..., Estimate],
    *,
    levels: Iterable[Level] = EVERY_LEVEL,
    weighted: bool = False,
    is_symmetric: bool = False,
) -> Coefficient:
    def compute(ratings: Ratings, weights: WeightsLike | None, interval: Interval) -> Estimate:
        if not weighted:
            return function(ratings, interval=interval)
        chosen = Weights.IDENTITY if weights is None else weights
        return function(ratings, chosen, interval=interval)

    return Coefficient(
        name,
        compute,
        levels=frozenset(levels),
        takes_weights=weighted,
        is_symmetric=is_symmetric,
    )


def _alpha(ratings: Ratings, weights: WeightsLike | None, interval: Interval) -> Estimate:
    return weighted_alpha(ratings, weights, interval=interval)


COEFFICIENTS: dict[str, Coefficient] = {
    entry.name: entry
    for entry in (
        _of_patterns("percent_agreement", percent_agreement),
        _of_patterns("percent_agreement_pooled", partial(percent_agreement, pooled=True)),
        Coefficient("krippendorff_alpha", _alpha, is_symmetric=True),
        _of_pair("cohen_kappa", cohen_kappa),
        _of_patterns("fleiss_kappa", fleiss_kappa),
        _of_pair("scott_pi", scott_pi),
        _of_ratings("conger_kappa", conger_kappa, weighted=True),
        _of_patterns("gwet_ac1", gwet_ac1, weighted=False),
        _of_patterns("gwet_ac2", gwet_ac2),
        _of_patterns("brennan_prediger", brennan_prediger),
        _of_patterns("pabak", pabak, weighted=False),
        _of_patterns("randolph_kappa", randolph_kappa, weighted=False),
        _of_ratings("light_kappa", light_kappa, weighted=True),
        *(_of_ratings(name, partial(icc, name), levels=NUMERIC) for name in ICC_NAMES),
        _of_ratings("kendall_w", kendall_w, levels=ORDERED),
        _of_ratings("lin_ccc", lin_ccc, levels=NUMERIC),
        _of_ratings("spearman", spearman, levels=ORDERED),
        _of_ratings("pearson", pearson, levels=NUMERIC),
        _of_ratings("kendall_tau", kendall_tau, levels=ORDERED),
    )
}
