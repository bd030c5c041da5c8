"""A round's reliability report: computed once for one state of its ratings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from accounts.canonical import content_hash
from annotation.models import Rater, Round
from reliability.models import Report
from reliability.selectors.counts import (
    CriterionCounts,
    Usage,
    most_points,
    pair_tables_of,
    patterns_of,
    usage_of,
)
from reliability.selectors.disagreement import SplitItem, item_names, split_items_of
from reliability.selectors.fingerprint import ratings_state
from reliability.selectors.free_values import free_counts_of
from reliability.selectors.scales import FREE_KINDS, POINT_KINDS, Point, Scale, scales_of
from reliability.selectors.spans import span_counts_of
from reliability.services.coefficients import MAX_PAIRS, criterion_estimates, pair_estimates
from reliability.services.figures import (
    FORM,
    Confusion,
    CriterionFigures,
    Excluded,
    Figure,
    ReportFigures,
    SplitFigure,
    ValueShare,
    figures_from,
)
from rubrics.choices import Kind

N_SPLIT = 20
N_VALUES = 30
N_CONFUSIONS = 10
CONFIDENCE = 0.95


def inputs_hash(round_: Round) -> str:
    """Names one state of the round's ratings and the way they are computed."""
    return content_hash(
        {
            "round": round_.public_id,
            "state": ratings_state(round_).to_json(),
            "form": FORM,
            "software": settings.SOFTWARE_VERSION,
        }
    )


def stored_report(round_: Round) -> Report | None:
    """The report of the ratings as they are now, if it was computed."""
    return Report.objects.filter(round=round_, inputs_hash=inputs_hash(round_)).first()


def last_report(round_: Round) -> Report | None:
    """The newest report, whatever changed since."""
    return Report.objects.filter(round=round_).order_by("-created_at", "-pk").first()


def save_report(*, round_: Round) -> Report:
    """The stored report of the ratings as they are now. Safe to run twice (T60)."""
    identity = inputs_hash(round_)
    found = Report.objects.filter(round=round_, inputs_hash=identity).first()
    if found is not None:
        return found
    figures = compute_report(round_)
    with transaction.atomic():
        report, _created = Report.objects.get_or_create(
            round=round_,
            inputs_hash=identity,
            defaults={
                "figures": figures.to_json(),
                "parameters": {"confidence": CONFIDENCE, "interval": "jackknife_t"},
                "software_version": settings.SOFTWARE_VERSION,
            },
        )
    return report


def figures_of(report: Report) -> ReportFigures:
    return figures_from(report.figures)


def compute_report(round_: Round) -> ReportFigures:
    """All figures from counts: about a dozen queries, whatever the number of ratings."""
    scales = scales_of(round_)
    usage = usage_of(round_)
    counts, split = _counts(round_, scales, usage)
    codes = _rater_codes(round_, usage)
    names = item_names({each.item for found in split.values() for each in found})
    state = ratings_state(round_)
    criteria = tuple(
        _criterion(counts[scale.pk], split.get(scale.pk, ()), codes, names) for scale in scales
    )
    return ReportFigures(
        round=round_.public_id,
        round_name=round_.name,
        rubric=str(round_.rubric_version),
        n_items=round_.judgments.values("item").distinct().count(),
        n_judgments=state.n_judgments,
        confidence=CONFIDENCE,
        criteria=criteria,
        rubric_version=round_.rubric_version.public_id,
        rubric_hash=round_.rubric_version.content_hash,
        round_kind=round_.kind,
        closed_at=round_.closed_at.isoformat() if round_.closed_at else None,
    )


def _counts(
    round_: Round, scales: Iterable[Scale], usage: Mapping[int, Usage]
) -> tuple[dict[int, CriterionCounts], dict[int, tuple[SplitItem, ...]]]:
    """Counts and most disputed items of each criterion, from the database or item by item."""
    longest = most_points(max((found.n_raters for found in usage.values()), default=0))
    counted = [s for s in scales if s.kind in POINT_KINDS and len(s.points) <= longest]
    listed = [s for s in scales if s not in counted and s.kind in FREE_KINDS | POINT_KINDS]
    patterns = patterns_of(round_, counted, usage)
    tables = pair_tables_of(round_, counted, usage)
    free = free_counts_of(round_, listed, usage, n_split=N_SPLIT)
    counts = {
        scale.pk: CriterionCounts(scale, usage.get(scale.pk, Usage()), None, {}) for scale in scales
    }
    for scale in counted:
        counts[scale.pk] = CriterionCounts(
            scale, usage.get(scale.pk, Usage()), patterns[scale.pk], tables[scale.pk]
        )
    counts |= {pk: found.counts for pk, found in free.items()}
    marked = [scale for scale in scales if scale.kind == Kind.SPAN]
    spans = span_counts_of(round_, marked, n_split=N_SPLIT)
    counts |= {pk: replace(counts[pk], spans=found) for pk, found in spans.items()}
    split = split_items_of(round_, counted, n=N_SPLIT)
    split |= {pk: found.split for pk, found in free.items()}
    return counts, split | {pk: found.split for pk, found in spans.items()}


def _rater_codes(round_: Round, usage: Mapping[int, Usage]) -> dict[int, str]:
    raters = {rater for found in usage.values() for rater in found.by_rater}
    return dict(Rater.objects.filter(pk__in=raters).values_list("pk", "code"))


def _criterion(
    counts: CriterionCounts,
    split: Iterable[SplitItem],
    codes: Mapping[int, str],
    names: Mapping[int, tuple[str, str]],
) -> CriterionFigures:
    scale, usage = counts.scale, counts.usage
    points = _shown_points(counts)
    return CriterionFigures(
        key=scale.key,
        question=scale.question,
        kind=scale.kind,
        level=scale.level.value,
        tier=scale.tier,
        n_items=counts.n_items,
        n_ratings=sum(usage.by_rater.values()),
        raters=_ratings_by_code(usage, codes),
        excluded=Excluded(usage.n_abstentions, usage.n_surplus, usage.n_revotes, usage.n_checks),
        figures=tuple(criterion_estimates(counts)),
        pairs=_pairs(counts, codes),
        pairs_left_out=max(0, len(counts.tables) - MAX_PAIRS),
        distribution=_distribution(counts),
        confusions=_confusions(counts),
        split=tuple(_split(each, names) for each in split),
        points=tuple(plain(point) for point in points),
        labels=tuple(scale.label_of(point) for point in points),
    )


def _shown_points(counts: CriterionCounts) -> tuple[Any, ...]:
    """The scale, or the values that were given; none of either when there are too many to show."""
    points = counts.scale.points or (counts.patterns.points if counts.patterns else ())
    return points if len(points) <= N_VALUES else ()


def _ratings_by_code(usage: Usage, codes: Mapping[int, str]) -> dict[str, int]:
    return dict(sorted((codes[rater], n) for rater, n in usage.by_rater.items()))


def _pairs(counts: CriterionCounts, codes: Mapping[int, str]) -> tuple[Figure, ...]:
    """Figures of the rater pairs that share most items, in the order of their codes."""
    shared = sorted(counts.tables, key=lambda pair: -counts.tables[pair].n_units)[:MAX_PAIRS]
    found: list[Figure] = []
    for first, second in sorted(shared, key=lambda pair: sorted(codes[r] for r in pair)):
        table = counts.tables[first, second]
        found += pair_estimates(counts.scale, table, (codes[first], codes[second]))
    return tuple(found)


def _distribution(counts: CriterionCounts) -> tuple[ValueShare, ...]:
    """Values in the order of the scale; of free values only the commonest, still in order."""
    if counts.patterns is None:
        return ()
    totals = counts.patterns.totals
    n_ratings = max(1, counts.patterns.n_ratings)
    shown: Iterable[int] = range(len(totals))
    if len(totals) > N_VALUES:
        shown = sorted(int(i) for i in np.argsort(-totals, kind="stable")[:N_VALUES])
    points = counts.patterns.points
    return tuple(_value_share(counts.scale, points[i], int(totals[i]), n_ratings) for i in shown)


def _value_share(scale: Scale, point: Any, n: int, n_ratings: int) -> ValueShare:
    return ValueShare(plain(point), scale.label_of(point), n, n / n_ratings)


def _confusions(counts: CriterionCounts) -> tuple[Confusion, ...]:
    """The two values most often given to one and the same item."""
    patterns = counts.patterns
    if patterns is None or len(patterns.points) > N_VALUES:
        return ()
    chosen, frequencies = patterns.counts, patterns.frequencies
    used = (chosen > 0).astype(float)
    n_pairs = chosen.T @ (chosen * frequencies[:, None])
    n_items = used.T @ (used * frequencies[:, None])
    low, high = np.triu_indices(len(patterns.points), k=1)
    order = np.argsort(-n_pairs[low, high], kind="stable")[:N_CONFUSIONS]
    found = []
    for a, b in zip(low[order], high[order], strict=True):
        points = (patterns.points[a], patterns.points[b])
        if n_pairs[a, b] > 0:
            found.append(_confusion(counts.scale, points, int(n_items[a, b]), int(n_pairs[a, b])))
    return tuple(found)


def _confusion(scale: Scale, points: tuple[Any, Any], n_items: int, n_pairs: int) -> Confusion:
    first, second = points
    labels = (scale.label_of(first), scale.label_of(second))
    return Confusion((plain(first), plain(second)), labels, n_items, n_pairs)


def _split(split: SplitItem, names: Mapping[int, tuple[str, str]]) -> SplitFigure:
    public_id, external_id = names[split.item]
    values = tuple((plain(point), n) for point, n in split.values)
    return SplitFigure(public_id, external_id, split.disagreement, values)


def plain(point: Point) -> Any:
    """A point as JSON: sets as sorted lists, orders as lists."""
    if isinstance(point, frozenset):
        return sorted(point)
    return list(point) if isinstance(point, tuple) else point
