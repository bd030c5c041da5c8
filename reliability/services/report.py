"""A round's reliability report: computed once for one state of its ratings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from accounts.canonical import content_hash
from annotation.models import Rater, Round
from reliability.models import Report
from reliability.selectors.counts import CriterionCounts, Usage, usage_of
from reliability.selectors.disagreement import (
    SplitItem,
    agreed_items,
    item_names,
    split_items,
)
from reliability.selectors.fingerprint import ratings_state
from reliability.selectors.ratings import ratings_of
from reliability.selectors.scales import Scale, scales_of
from reliability.selectors.slices import Slicing, last_counted_days, slicings_of
from reliability.selectors.spans import span_counts_of
from reliability.services import point_figures
from reliability.services.coefficients import criterion_estimates
from reliability.services.figures import (
    FORM,
    CriterionFigures,
    Excluded,
    ReportFigures,
    figures_from,
)
from reliability.services.rater_figures import MAX_PAIRS, pair_figures, raters_left_out
from reliability.services.slice_figures import MIN_ITEMS, periods, slice_families
from reliability.services.span_agreement import MEASURES, SpanSubsets
from reliability.services.study_figures import decision
from reliability.services.subsets import AnySubsets, Subsets
from reliability.stats import Ratings
from rubrics.choices import Kind

N_SPLIT = 20
# Reports that a process keeps as read: some megabytes each.
N_KEPT = 8
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
    return report_of_state(round_, inputs_hash(round_))


def report_of_state(round_: Round, identity: str) -> Report | None:
    """The report of one state of the ratings, its figures still to be read."""
    return Report.objects.filter(round=round_, inputs_hash=identity).defer("figures").first()


def last_report(round_: Round) -> Report | None:
    """The newest report, whatever changed since."""
    reports = Report.objects.filter(round=round_).defer("figures")
    return reports.order_by("-created_at", "-pk").first()


def save_report(*, round_: Round) -> Report:
    """The stored report of the ratings as they are now. Safe to run twice (T60)."""
    identity = inputs_hash(round_)
    found = report_of_state(round_, identity)
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
    """What a report holds never changes, so it is read once: `figures` may be deferred."""
    return _figures_of(report.pk, report.inputs_hash)


@lru_cache(maxsize=N_KEPT)
def _figures_of(pk: int, inputs_hash: str) -> ReportFigures:
    return figures_from(Report.objects.only("figures").get(pk=pk, inputs_hash=inputs_hash).figures)


def compute_report(round_: Round) -> ReportFigures:
    """All figures: about twenty queries, whatever the number of ratings."""
    scales = scales_of(round_)
    usage = usage_of(round_)
    context = _Context(
        codes=_rater_codes(round_),
        slicings=slicings_of(round_),
        last=last_counted_days(round_),
    )
    drafts = {draft.scale.pk: draft for draft in _drafts(round_, scales, usage, context)}
    names = item_names({item for draft in drafts.values() for item in draft.items})
    return ReportFigures(
        round=round_.public_id,
        round_name=round_.name,
        rubric=str(round_.rubric_version),
        n_items=round_.judgments.values("item").distinct().count(),
        n_judgments=ratings_state(round_).n_judgments,
        confidence=CONFIDENCE,
        criteria=tuple(drafts[scale.pk].finished(names) for scale in scales),
        rubric_version=round_.rubric_version.public_id,
        rubric_hash=round_.rubric_version.content_hash,
        round_kind=round_.kind,
        closed_at=round_.closed_at.isoformat() if round_.closed_at else None,
        min_items=MIN_ITEMS,
    )


@dataclass(frozen=True)
class _Context:
    """What all criteria of a round share."""

    codes: Mapping[int, str]
    slicings: tuple[Slicing, ...]
    last: tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class _Draft:
    """A criterion whose items still have to be named: one query names those of all criteria."""

    scale: Scale
    fields: Mapping[str, Any]
    split: tuple[SplitItem, ...] = ()
    agreed: tuple[SplitItem, ...] = ()

    @property
    def items(self) -> Iterator[int]:
        return (each.item for each in (*self.split, *self.agreed))

    def finished(self, names: Mapping[int, tuple[str, str]]) -> CriterionFigures:
        return CriterionFigures(
            **self.fields,
            split=tuple(point_figures.split_figure(each, names) for each in self.split),
            agreed=tuple(point_figures.split_figure(each, names) for each in self.agreed),
        )


def _drafts(
    round_: Round, scales: Iterable[Scale], usage: Mapping[int, Usage], context: _Context
) -> Iterator[_Draft]:
    """One criterion after the other, so that the ratings of one are in memory at a time."""
    scales = tuple(scales)
    of_spans = [scale for scale in scales if scale.kind == Kind.SPAN]
    spans = span_counts_of(round_, of_spans, MEASURES, n_split=N_SPLIT)
    uncounted = {scale.pk: scale for scale in scales}
    for scale, ratings in ratings_of(round_, scales):
        del uncounted[scale.pk]
        counts = CriterionCounts(scale, usage.get(scale.pk, Usage()), ratings)
        yield _Draft(
            scale,
            _fields(counts, context) | _counted_fields(counts, ratings, context),
            split=split_items(ratings, scale, n=N_SPLIT),
            agreed=agreed_items(ratings, scale, n=N_SPLIT),
        )
    for pk, scale in uncounted.items():
        marked = spans.get(pk)
        counts = CriterionCounts(scale, usage.get(pk, Usage()), spans=marked)
        fields = _fields(counts, context)
        if marked is None:
            yield _Draft(scale, fields)
        else:
            parts = _part_fields(scale, SpanSubsets(marked), context)
            yield _Draft(scale, fields | parts, split=marked.split)


def _fields(counts: CriterionCounts, context: _Context) -> dict[str, Any]:
    scale, usage = counts.scale, counts.usage
    points = point_figures.shown_points(counts)
    return {
        "key": scale.key,
        "question": scale.question,
        "kind": scale.kind,
        "level": scale.level.value,
        "tier": scale.tier,
        "n_items": counts.n_items,
        "per": scale.per,
        "n_whole_items": counts.n_whole_items if scale.per else None,
        "n_ratings": sum(usage.by_rater.values()),
        "raters": dict(sorted((context.codes[pk], n) for pk, n in usage.by_rater.items())),
        "excluded": Excluded(
            abstentions=usage.n_abstentions,
            surplus=usage.n_surplus,
            revotes=usage.n_revotes,
            checks=usage.n_checks,
            returned=usage.n_returned,
        ),
        "figures": tuple(criterion_estimates(counts)),
        "pairs": pair_figures(counts, context.codes),
        "pairs_left_out": max(0, len(counts.tables) - MAX_PAIRS),
        "distribution": (),
        "confusions": (),
        "points": tuple(point_figures.plain(point) for point in points),
        "labels": tuple(scale.label_of(point) for point in points),
    }


def _counted_fields(counts: CriterionCounts, ratings: Ratings, context: _Context) -> dict[str, Any]:
    """What only criteria have whose answers are points of a scale."""
    scale, subsets = counts.scale, Subsets(counts, ratings)
    return {
        **_part_fields(scale, subsets, context),
        "distribution": point_figures.distribution(scale, ratings),
        "raters_left_out": raters_left_out(counts, context.codes),
        "decision": decision(counts),
    } | _point_fields(counts)


def _part_fields(scale: Scale, subsets: AnySubsets, context: _Context) -> dict[str, Any]:
    return {
        "slices": slice_families(scale, subsets, context.slicings),
        "periods": periods(scale, subsets, context.last),
    }


def _point_fields(counts: CriterionCounts) -> dict[str, Any]:
    """Figures by value, where there are few enough of them to show."""
    scale, patterns, points = counts.scale, counts.patterns, point_figures.shown_points(counts)
    if patterns is None or not points:
        return {}
    cells = point_figures.matrix(patterns)
    return {
        "matrix": cells,
        "confusions": point_figures.confusions(scale, points, cells),
        "confused": tuple(point_figures.confused_anchors(scale, patterns)),
        "anchors": tuple(point_figures.anchors(scale, patterns)),
        "patterns": point_figures.stored_patterns(patterns),
    }


def _rater_codes(round_: Round) -> dict[int, str]:
    """Of all raters of the project: one may submit a first judgment between two queries."""
    return dict(Rater.objects.filter(project=round_.project_id).values_list("pk", "code"))
