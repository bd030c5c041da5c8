"""Alpha over the items of several rounds, from the patterns their reports have stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Round
from reliability.services.coefficients import estimate_figure
from reliability.services.figures import CriterionFigures, Figure
from reliability.stats import Level, Patterns, krippendorff_alpha


@dataclass(frozen=True)
class PooledAlpha:
    """The figure with the rounds and rubric versions behind it; or why there is none."""

    figure: Figure | None = None
    rounds: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    why_not: str = ""


def pooled_alpha(rounds: Sequence[tuple[Round, CriterionFigures]]) -> PooledAlpha:
    """Over rounds that share no item: every item counts once, in the round that judged it."""
    if len(rounds) < 2:
        return PooledAlpha(why_not="one_round")
    found = [criterion for _round, criterion in rounds]
    first = found[0]
    if any((each.level, each.points) != (first.level, first.points) for each in found):
        return PooledAlpha(why_not="points_differ")
    if any(each.per for each in found):
        # What reports keep does not say which item a part belongs to.
        return PooledAlpha(why_not="parts_of_items")
    patterns = _joined(found)
    if patterns is None:
        return PooledAlpha(why_not="too_many_values")
    return PooledAlpha(
        figure=estimate_figure(first.key, krippendorff_alpha(patterns)),
        rounds=tuple(round_.public_id for round_, _criterion in rounds),
        versions=tuple(dict.fromkeys(str(round_.rubric_version) for round_, _c in rounds)),
    )


def _joined(criteria: Sequence[CriterionFigures]) -> Patterns | None:
    rows: list[tuple[tuple[int, ...], int]] = []
    for criterion in criteria:
        if criterion.patterns is None:
            return None
        rows += criterion.patterns
    first = criteria[0]
    points = tuple(frozenset(p) if first.level == Level.SET else _hashable(p) for p in first.points)
    return Patterns(
        counts=[counts for counts, _n in rows],  # type: ignore[arg-type]  # any array will do
        frequencies=[n for _counts, n in rows],  # type: ignore[arg-type]
        points=points,
        level=Level(first.level),
        n_raters=len({code for criterion in criteria for code in criterion.raters}),
    )


def _hashable(point: object) -> object:
    return tuple(point) if isinstance(point, list) else point
