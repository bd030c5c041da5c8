"""Raters: each pair's agreement, and what each one does to alpha."""

from collections.abc import Mapping

import numpy as np

from reliability.selectors.counts import CriterionCounts, Tables
from reliability.selectors.scales import Scale
from reliability.services.coefficients import ALPHA, pair_estimates
from reliability.services.figures import Comparison, Figure, RaterInfluence
from reliability.services.subsets import MOST_POINTS
from reliability.stats import IntervalMethod, PairTable, Patterns, Ratings
from reliability.stats.influence import OwnRatings, rater_influence
from reliability.stats.influence import RaterInfluence as Influence
from reliability.stats.influence import own_ratings as ratings_of_raters
from reliability.stats.severity import RaterSeverity, rater_severity

MAX_PAIRS = 300
MAX_RATERS = 60


def pair_figures(counts: CriterionCounts, codes: Mapping[int, str]) -> tuple[Figure, ...]:
    """Figures of the rater pairs that share most items, in the order of their codes."""
    tables = counts.tables
    shared = sorted(tables, key=lambda pair: -tables[pair].n_units)[:MAX_PAIRS]
    found: list[Figure] = []
    for pair in sorted(shared, key=lambda pair: sorted(codes[rater] for rater in pair)):
        table = _grouped(counts.ratings, pair) or tables[pair]
        found += pair_estimates(counts.scale, table, (codes[pair[0]], codes[pair[1]]))
    return tuple(found)


def _grouped(ratings: Ratings | None, pair: tuple[int, int]) -> PairTable | None:
    """The table that knows which items come in groups, where they do."""
    if ratings is None or ratings.groups is None:
        return None
    first, second = (list(ratings.rater_labels).index(rater) for rater in pair)
    return ratings.pair_table(first, second)


def raters_left_out(
    counts: CriterionCounts, codes: Mapping[int, str]
) -> tuple[RaterInfluence, ...]:
    """Alpha without each rater, by code; only of the raters who gave most ratings."""
    ratings, patterns = counts.ratings, counts.patterns
    if ratings is None or patterns is None or len(ratings.points) > MOST_POINTS:
        return ()
    if ratings.n_raters < 3:
        return ()
    own = own_ratings(ratings, patterns)
    alone = rater_influence(ALPHA, patterns, own)
    severity = {each.rater: each for each in rater_severity(patterns, counts.tables)}
    agreement = mean_agreements(counts.tables)
    found = [
        RaterInfluence(
            rater=codes[each.rater],
            n_ratings=each.n_ratings,
            without=_without(counts.scale, each, patterns, own[each.rater]),
            change=_change(each),
            mean_agreement=agreement.get(each.rater),
            **_limits(severity.get(each.rater)),
        )
        for each in alone
    ]
    return tuple(sorted(found, key=lambda each: each.rater))


def _limits(own: RaterSeverity | None) -> dict[str, float | None]:
    if own is None:
        return {}
    return {"severity": own.value, "severity_low": own.ci_low, "severity_high": own.ci_high}


def own_ratings(ratings: Ratings, patterns: Patterns) -> dict[int, OwnRatings]:
    """What each rater chose on which pattern, by the rater's key; counted in one pass."""
    if ratings.groups is not None:
        return _grouped_ratings(ratings)
    n_points = len(ratings.points)
    shown = ratings.pattern_of_unit[ratings.units]
    keys = (ratings.raters * len(patterns.counts) + shown) * n_points + ratings.values
    distinct, times = np.unique(keys, return_counts=True)
    of_rater, rest = np.divmod(distinct, len(patterns.counts) * n_points)
    rows, own = np.divmod(rest, n_points)
    by_rater = np.bincount(ratings.raters, minlength=ratings.n_raters)
    found = {}
    for rater in np.argsort(-by_rater, kind="stable")[:MAX_RATERS]:
        chosen = of_rater == rater
        found[int(ratings.rater_labels[rater])] = OwnRatings(
            patterns.counts[rows[chosen]], own[chosen], times[chosen]
        )
    return found


def _grouped_ratings(ratings: Ratings) -> dict[int, OwnRatings]:
    """With the group of each unit, without which nothing could be left out together."""
    found = ratings_of_raters(ratings)
    busiest = sorted(found, key=lambda rater: -found[rater].n_ratings)[:MAX_RATERS]
    return {int(rater): found[rater] for rater in busiest}


def mean_agreements(tables: Tables) -> dict[int, float]:
    """Share of a rater's meetings with others, on shared items, in which both agreed."""
    alike: dict[int, float] = {}
    met: dict[int, float] = {}
    for pair, table in tables.items():
        for rater in pair:
            alike[rater] = alike.get(rater, 0) + float(np.trace(table.counts))
            met[rater] = met.get(rater, 0) + table.n_units
    return {rater: alike[rater] / n for rater, n in met.items() if n}


def _without(scale: Scale, found: Influence, everyone: Patterns, own: OwnRatings) -> Figure:
    """Units that only this rater and one other rated drop out with the rater."""
    ratings_of_unit = own.counts.sum(axis=1)
    lost, halved = (int(own.frequencies[ratings_of_unit == n].sum()) for n in (1, 2))
    n_pairable = everyone.pairable.n_ratings - own.n_ratings + lost - halved
    return Figure(
        criterion=scale.key,
        coefficient=ALPHA,
        level=scale.level.value,
        weights=None,
        estimate=found.value_without,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        ci_method=None if found.ci_low is None else IntervalMethod.JACKKNIFE_T.value,
        se=None,
        n_units=everyone.pairable.n_units - halved,
        n_raters=None if everyone.n_raters is None else everyone.n_raters - 1,
        n_ratings=everyone.n_ratings - own.n_ratings,
        n_pairable=n_pairable,
        undefined_reason=found.undefined.value if found.undefined else None,
    )


def _change(found: Influence) -> Comparison:
    """All minus without: below zero, the others agree better among themselves."""
    low, high = found.change_ci_low, found.change_ci_high
    return Comparison(
        value=None if found.change is None else -found.change,
        ci_low=None if high is None else -high,
        ci_high=None if low is None else -low,
        undefined_reason=found.undefined.value if found.undefined else None,
    )
