"""How a judge's scores compare with people's labels, beside how people compare with each other.

Everything is computed from counts: the database crosses the judge's values with the labels, and
one table for each comparison is all that leaves it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Count, F

from annotation.choices import Basis, RoundState
from annotation.models import Rating, Round
from exports.labelling import value_text
from exports.models import GoldLabel, GoldRelease, JudgeRun, JudgeScore
from exports.selectors.gold import releases_of, rounds_of
from reliability.selectors.counts import pair_tables
from reliability.selectors.ratings import ratings_of
from reliability.selectors.scales import Scale, scales_of
from reliability.stats import (
    Estimate,
    PairTable,
    Weights,
    cohen_kappa,
    krippendorff_alpha,
    percent_agreement,
)

MAX_RATERS = 20
MAX_MAJORITY_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sources of values on the items, or parts of items, that both valued.

    n_off_scale: items left out because a value is no point of the scale. baseline: the share
    that agrees if one side always gave the other's most frequent value, and that value.
    """

    first: str
    second: str
    n: int
    n_off_scale: int
    agreement: Estimate
    kappa: Estimate
    weighted_kappa: Estimate | None
    alpha: Estimate
    baseline: float | None = None
    baseline_value: str = ""

    @property
    def main_kappa(self) -> Estimate:
        """With quadratic weights where the scale is ordered: a near miss is not a miss."""
        return self.weighted_kappa or self.kappa


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """What can be said of one dimension of a run.

    `with_any_rater` and `between_any_raters` pool all pairs: their figures describe, but their
    intervals would take an item's pairs for independent. `reason` says why there is nothing to
    compare: no_ratings, no_points.
    """

    criterion: str
    scale: Scale | None
    release: GoldRelease | None
    rounds: Sequence[Round]
    with_labels: Comparison | None
    labels_are_gold: bool
    with_raters: Sequence[Comparison]
    between_raters: Sequence[Comparison]
    with_any_rater: Comparison | None = None
    between_any_raters: Comparison | None = None
    n_raters_left_out: int = 0
    reason: str = ""


def judge_agreement(run: JudgeRun, criterion: str) -> JudgeAgreement:
    """Against the latest gold release that has the criterion, else against majorities."""
    release = _release_with(run, criterion)
    rounds = _rounds_with(run, criterion, release)
    if not rounds:
        return _nothing(criterion, "no_ratings")
    scale = next((each for each in scales_of(rounds[0]) if each.key == criterion), None)
    if scale is None or not scale.points:
        return _nothing(criterion, "no_points", rounds)
    cells = _gold_cells(run, criterion, release) if release else None
    labels = _compared(scale, run.judge.name, "gold", cells or _majority_cells(run, scale, rounds))
    raters, pooled, n_left_out = _raters(run, scale, rounds)
    between, pooled_between = _between(scale, rounds)
    return JudgeAgreement(
        criterion=criterion,
        scale=scale,
        release=release,
        rounds=rounds,
        with_labels=labels,
        labels_are_gold=bool(cells),
        with_raters=raters,
        between_raters=between,
        with_any_rater=pooled,
        between_any_raters=pooled_between,
        n_raters_left_out=n_left_out,
    )


def _nothing(criterion: str, reason: str, rounds: Sequence[Round] = ()) -> JudgeAgreement:
    return JudgeAgreement(criterion, None, None, rounds, None, False, (), (), reason=reason)


type Cells = list[tuple[Any, Any, int]]  # the judge's value, the people's value, how many items


def _release_with(run: JudgeRun, criterion: str) -> GoldRelease | None:
    """The latest release with a valued label of the criterion."""
    labels = GoldLabel.objects.filter(
        release__project=run.judge.project, criterion__key=criterion, value__isnull=False
    )
    return releases_of(run.judge.project).filter(pk__in=labels.values("release")).first()


def _rounds_with(run: JudgeRun, criterion: str, release: GoldRelease | None) -> list[Round]:
    """Rounds of one rubric version: agreement is never computed across versions.

    Those of the release if there is one, else the closed ones, else the running ones; the
    newest version with ratings of items that the judge scored.
    """
    scored = JudgeScore.objects.filter(run=run, criterion_key=criterion).values("item")
    ratings = Rating.objects.filter(
        criterion__key=criterion, basis=Basis.INDEPENDENT, item__in=scored
    )
    rounds = Round.objects.filter(project=run.judge.project, pk__in=ratings.values("round"))
    if release is not None:
        rounds = rounds.filter(pk__in=rounds_of(release).values("pk"))
    found = list(rounds.select_related("rubric_version__rubric").order_by("-pk"))
    closed = [round_ for round_ in found if round_.state == RoundState.CLOSED] or found
    if not closed:
        return []
    newest = max(closed, key=lambda each: (each.rubric_version.number, each.pk))
    return [each for each in closed if each.rubric_version_id == newest.rubric_version_id]


def _gold_cells(run: JudgeRun, criterion: str, release: GoldRelease) -> Cells:
    labels = GoldLabel.objects.filter(
        release=release,
        criterion__key=criterion,
        value__isnull=False,
        item__judge_scores__run=run,
        item__judge_scores__criterion_key=criterion,
        item__judge_scores__part=F("part"),
    )
    return _crossed(labels)


def _crossed(rows: Any) -> Cells:
    counted = rows.values_list("item__judge_scores__value", "value").annotate(n=Count("pk"))
    return list(counted.order_by())


def _majority_cells(run: JudgeRun, scale: Scale, rounds: Sequence[Round]) -> Cells:
    """The judge's value against what more than half of an item's raters said."""
    rows = _scored_ratings(run, scale, rounds).values_list(
        "item_id", "part", "item__judge_scores__value", "value"
    )
    counted = rows.annotate(n=Count("pk")).order_by("item_id", "part")[:MAX_MAJORITY_ROWS]
    votes: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    given: dict[tuple[int, str], Any] = {}
    for item, part, score, value, n in counted.iterator(chunk_size=2000):
        votes[item, part][value_text(value)] += n
        given[item, part] = score
    cells: Counter[tuple[str, str]] = Counter()
    for unit, counts in votes.items():
        value, most = counts.most_common(1)[0]
        if 2 * most > counts.total():
            cells[value_text(given[unit]), value] += 1
    return [(score, value, n) for (score, value), n in cells.items()]


def _scored_ratings(run: JudgeRun, scale: Scale, rounds: Sequence[Round]) -> Any:
    return Rating.objects.filter(
        round__in=rounds,
        criterion__key=scale.key,
        basis=Basis.INDEPENDENT,
        is_abstention=False,
        item__judge_scores__run=run,
        item__judge_scores__criterion_key=scale.key,
        item__judge_scores__part=F("part"),
    )


def _raters(
    run: JudgeRun, scale: Scale, rounds: Sequence[Round]
) -> tuple[list[Comparison], Comparison | None, int]:
    """The judge against each rater alone (those who rated most), against any, and who is left."""
    rows = _scored_ratings(run, scale, rounds).values_list(
        "rater__code", "item__judge_scores__value", "value"
    )
    cells: dict[str, Cells] = defaultdict(list)
    for code, score, value, n in rows.annotate(n=Count("pk")).order_by():
        cells[code].append((score, value, n))
    busiest = sorted(cells, key=lambda code: (-sum(n for *_v, n in cells[code]), code))
    shown = sorted(busiest[:MAX_RATERS])
    compared = [_compared(scale, run.judge.name, code, cells[code]) for code in shown]
    everybody = [cell for of_rater in cells.values() for cell in of_rater]
    pooled = _compared(scale, run.judge.name, "", everybody) if everybody else None
    return compared, pooled, len(busiest) - len(shown)


def _between(scale: Scale, rounds: Sequence[Round]) -> tuple[list[Comparison], Comparison | None]:
    """People with each other in the same rounds, pair by pair and pooled."""
    totals: dict[tuple[str, str], Any] = {}
    for round_ in rounds:
        own = next(each for each in scales_of(round_) if each.key == scale.key)
        ((_scale, ratings),) = ratings_of(round_, [own])
        codes = dict(round_.judgments.values_list("rater_id", "rater__code").distinct())
        for (first, second), table in pair_tables(ratings).items():
            pair = (codes[first], codes[second])
            turned = table.counts if pair[0] < pair[1] else table.counts.T
            key = (min(pair), max(pair))
            totals[key] = totals.get(key, 0) + turned
    busiest = sorted(totals, key=lambda pair: (-totals[pair].sum(), pair))[:MAX_RATERS]
    pairs = [_estimates(scale, *pair, totals[pair]) for pair in sorted(busiest)]
    if not totals:
        return pairs, None
    # Nobody is first in a pair of people: each pair counts half in both directions.
    both_ways = sum(counts + counts.T for counts in totals.values())
    pooled = _estimates(scale, "", "", both_ways)
    return pairs, replace(pooled, n=pooled.n // 2)


def _compared(
    scale: Scale, first: str, second: str, cells: Iterable[tuple[Any, Any, int]]
) -> Comparison:
    place = {value_text(point): n for n, point in enumerate(scale.points)}
    counts = np.zeros((len(scale.points),) * 2)
    n_off_scale = 0
    for score, value, n in cells:
        row, column = place.get(value_text(score)), place.get(value_text(value))
        if row is None or column is None:
            n_off_scale += n
        else:
            counts[row, column] += n
    return _estimates(scale, first, second, counts, n_off_scale=n_off_scale, with_baseline=True)


def _estimates(
    scale: Scale,
    first: str,
    second: str,
    counts: Any,
    *,
    n_off_scale: int = 0,
    with_baseline: bool = False,
) -> Comparison:
    table = PairTable(counts=counts, points=scale.points, level=scale.level, raters=(first, second))
    patterns = table.patterns()
    commonest = int(counts.sum(axis=0).argmax())
    has_baseline = with_baseline and table.n_units > 0
    return Comparison(
        first=first,
        second=second,
        n=table.n_units,
        n_off_scale=n_off_scale,
        agreement=percent_agreement(patterns),
        kappa=cohen_kappa(table, Weights.IDENTITY),
        weighted_kappa=cohen_kappa(table, Weights.QUADRATIC) if scale.is_ordered else None,
        alpha=krippendorff_alpha(patterns),
        baseline=float(counts.sum(axis=0)[commonest] / table.n_units) if has_baseline else None,
        baseline_value=value_text(scale.points[commonest]) if has_baseline else "",
    )
