"""Several rounds of a project side by side, from the figures each of them has.

Rounds that share items are compared item by item, from their ratings; others by their stored
figures. Pooled figures come from stored patterns. Nothing is pooled across rubric versions
unless somebody asks for it, and then it is marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, pairwise

import numpy as np
from django.core.cache import cache

from annotation.models import Round
from reliability.selectors.ratings import judged_items, ratings_of
from reliability.selectors.scales import FREE_KINDS, scales_of
from reliability.services.coefficients import ALPHA
from reliability.services.current_report import (
    AT_ONCE,
    KEPT_SECONDS,
    CurrentReport,
    current_report,
)
from reliability.services.figure_json import read
from reliability.services.figures import Comparison, CriterionFigures, Figure
from reliability.services.pooling import PooledAlpha, pooled_alpha
from reliability.services.project_figures import (
    CriterionTrack,
    ProjectFigures,
    RoundColumn,
    TrackCell,
)
from reliability.services.report import inputs_hash
from reliability.services.slice_figures import compared
from reliability.stats import Estimate, Ratings, Undefined
from reliability.stats.differences import difference, difference_of_estimates

MOST_ROUNDS = 24
# Judgments of two rounds that are compared item by item while somebody waits; beyond, figures
# are compared as if the rounds shared no item, which makes the interval wider, not narrower.
MOST_PAIRED = 60_000


@dataclass(frozen=True)
class _Told:
    """A round, and the figures it has now."""

    round: Round
    report: CurrentReport

    def criterion(self, key: str) -> CriterionFigures | None:
        return self.report.figures.criterion(key) if self.report.figures else None


def project_figures(rounds: Iterable[Round], *, is_mixed: bool = False) -> ProjectFigures:
    """Each criterion through the given rounds, oldest first. Writes nothing.

    Rounds whose figures are still to be computed have empty cells: `request_report` has them
    computed. is_mixed: pool across rubric versions too, where the points are the same.
    """
    chosen = sorted(rounds, key=lambda each: (each.opened_at or each.created_at, each.pk))
    told = _told(chosen[-MOST_ROUNDS:])
    sharing = _sharing([each.round for each in told])
    keys = dict.fromkeys(
        criterion.key
        for each in reversed(told)
        if each.report.figures is not None
        for criterion in each.report.figures.criteria
    )
    return ProjectFigures(
        rounds=tuple(_column(each) for each in told),
        criteria=tuple(_track(key, told, sharing, is_mixed=is_mixed) for key in keys),
        is_mixed=is_mixed,
    )


def _told(rounds: Sequence[Round]) -> list[_Told]:
    """Newest first in line for what may be computed at once, all rounds together."""
    found, left = [], AT_ONCE
    for round_ in reversed(rounds):
        report = current_report(round_, at_once=left)
        if report.is_fresh and report.figures is not None:
            left -= report.figures.n_judgments
        found.append(_Told(round_, report))
    return found[::-1]


def _column(told: _Told) -> RoundColumn:
    round_, report = told.round, told.report
    return RoundColumn(
        public_id=round_.public_id,
        name=round_.name,
        kind=round_.kind,
        rubric=str(round_.rubric_version),
        version=round_.rubric_version.public_id,
        state=round_.state,
        n_items=report.figures.n_items if report.figures else 0,
        is_stale=report.is_stale,
        computed_at=report.computed_at.isoformat() if report.computed_at else None,
    )


def _sharing(rounds: Sequence[Round]) -> frozenset[tuple[int, int]]:
    """Which two of the rounds have judged an item in common, by their keys."""
    items = {round_.pk: judged_items(round_) for round_ in rounds}
    pairs = combinations(items, 2)
    found = [(a, b) for a, b in pairs if np.isin(items[a], items[b], assume_unique=True).any()]
    return frozenset([*found, *((b, a) for a, b in found)])


def _track(
    key: str, told: Sequence[_Told], sharing: frozenset[tuple[int, int]], *, is_mixed: bool
) -> CriterionTrack:
    having = [(each, found) for each in told if (found := each.criterion(key)) is not None]
    newest = having[-1][1]
    before: dict[int, _Told] = {
        after[0].round.pk: earlier[0]
        for earlier, after in pairwise(having)
        if _is_same_scale(earlier[1], after[1])
    }
    pooled = _pooled(having, sharing, is_mixed=is_mixed)
    return CriterionTrack(
        key=key,
        question=newest.question,
        tier=newest.tier,
        points_differ=any(not _is_same_scale(found, newest) for _told, found in having),
        cells=tuple(_cell(key, each, before.get(each.round.pk), sharing) for each in told),
        pooled=pooled.figure,
        pooled_versions=pooled.versions,
        pooled_rounds=pooled.rounds,
        why_not_pooled=pooled.why_not,
    )


def _is_same_scale(one: CriterionFigures, other: CriterionFigures) -> bool:
    """Of free values the ones that were given may differ, and the scale is the same."""
    is_same_kind = (one.kind, one.level, one.per) == (other.kind, other.level, other.per)
    return is_same_kind and (one.kind in FREE_KINDS or one.points == other.points)


def _pooled(
    having: Sequence[tuple[_Told, CriterionFigures]],
    sharing: frozenset[tuple[int, int]],
    *,
    is_mixed: bool,
) -> PooledAlpha:
    """Over the rounds of the newest round's rubric version, or of all versions if asked."""
    newest = having[-1][0].round.rubric_version_id
    chosen = [
        (told, found)
        for told, found in having
        if is_mixed or told.round.rubric_version_id == newest
    ]
    rounds = [told.round.pk for told, _found in chosen]
    if any((a, b) in sharing for a in rounds for b in rounds):
        return PooledAlpha(why_not="shared_items")
    return pooled_alpha([(told.round, found) for told, found in chosen])


def _cell(
    key: str, told: _Told, before: _Told | None, sharing: frozenset[tuple[int, int]]
) -> TrackCell:
    found = told.criterion(key)
    figure = found.figure(ALPHA) if found else None
    previous = before.criterion(key) if before else None
    if before is None or previous is None or figure is None:
        return TrackCell(told.round.public_id, figure)
    earlier = previous.figure(ALPHA)
    change, is_paired = None, False
    if earlier is not None:
        if (told.round.pk, before.round.pk) in sharing:
            change = _paired_changes(told, before).get(key)
            is_paired = change is not None
        change = change or _apart(figure, earlier)
    return TrackCell(
        round=told.round.public_id,
        figure=figure,
        change=change,
        is_paired=is_paired,
        is_new_version=told.round.rubric_version_id != before.round.rubric_version_id,
    )


def _apart(figure: Figure, earlier: Figure) -> Comparison:
    """The change between two figures whose rounds share no item."""
    return compared(difference_of_estimates(estimate_of(figure), estimate_of(earlier)))


def estimate_of(figure: Figure) -> Estimate:
    """What `figure_of` was made from, as far as a comparison needs it."""
    return Estimate(
        coefficient=figure.coefficient,
        level=figure.level,
        value=figure.estimate,
        ci_low=figure.ci_low,
        ci_high=figure.ci_high,
        se=figure.se,
        n_units=figure.n_units,
        undefined=Undefined(figure.undefined_reason) if figure.undefined_reason else None,
    )


def _paired_changes(told: _Told, before: _Told) -> Mapping[str, Comparison]:
    """By criterion; kept by the state of both rounds, so that it is computed once."""
    sizes = [each.report.figures.n_judgments for each in (told, before) if each.report.figures]
    if told.report.is_stale or before.report.is_stale or sum(sizes) > MOST_PAIRED:
        return {}
    name = f"change:{inputs_hash(told.round)}:{inputs_hash(before.round)}"
    kept = cache.get(name)
    if kept is None:
        changes = _changes(told.round, before.round)
        kept = {key: asdict(change) for key, change in changes.items()}
        cache.set(name, kept, KEPT_SECONDS)
    return {key: read(Comparison, data) for key, data in kept.items()}


def _changes(round_: Round, before: Round) -> dict[str, Comparison]:
    """Alpha of this round minus that of the one before, paired by item where they share it."""
    now, then = _ratings_by_key(round_), _ratings_by_key(before)
    return {
        key: compared(difference(ALPHA, now[key], then[key]))
        for key in now.keys() & then.keys()
        # Groups on one side alone leave no unit that both could lose together.
        if (now[key].groups is None) == (then[key].groups is None)
    }


def _ratings_by_key(round_: Round) -> dict[str, Ratings]:
    return {scale.key: ratings for scale, ratings in ratings_of(round_, scales_of(round_))}
