"""Raters against each other, and what each of them does to agreement."""

from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from annotation.models import Round
from reliability.services.figures import CriterionFigures, Figure, RaterInfluence
from reliability.views.addresses import judgments_url
from reliability.views.anchors import HeatCell, HeatMap
from reliability.views.drawing import Axis, Plot, agreement_axis, nice_axis, plot, shade
from reliability.views.phrases import is_clear, n_items, with_interval
from reliability.wording import REASONS, brief, interval, number, said, signed

MATRIX_RATERS = 16
# Rows of the table of pairs; the file holds all of them.
MOST_PAIRS = 60


@dataclass(frozen=True, slots=True)
class PairRow:
    """The figures of two raters; `url` lists the items both judged."""

    raters: tuple[str, str]
    url: str
    figures: tuple[Figure, ...]

    @property
    def plain(self) -> Figure:
        return self.figures[0]

    @property
    def weighted(self) -> Figure | None:
        return self.figures[1] if len(self.figures) > 1 else None

    @property
    def telling(self) -> Figure:
        """On ordered scales the weighted kappa: it knows a near miss from a far one."""
        return self.weighted or self.plain


@dataclass(frozen=True, slots=True)
class InfluenceView:
    """Alpha with and without a rater, and how severe the rater is."""

    rater: RaterInfluence
    url: str
    plot: Plot
    severity: Plot | None
    is_clear: bool
    is_apart: bool


@dataclass(frozen=True, slots=True)
class Raters:
    """The section of a criterion's page; the matrix is None for few raters or very many.

    shown: of very many pairs those that agree least.
    """

    pairs: tuple[PairRow, ...]
    shown: tuple[PairRow, ...]
    heat: HeatMap | None
    axis: Axis
    severity_axis: Axis | None
    influence: tuple[InfluenceView, ...]
    has_weights: bool
    has_indices: bool


def raters_of(round_: Round, criterion: CriterionFigures) -> Raters:
    pairs = tuple(_pair_rows(round_, criterion))
    whole = criterion.figure("krippendorff_alpha")
    alpha = whole.estimate if whole else None
    left_out = criterion.raters_left_out
    axis = agreement_axis((each.without.ci_low for each in left_out), reference=alpha)
    severity = _severity_axis(left_out)
    return Raters(
        pairs=pairs,
        shown=pairs if len(pairs) <= MOST_PAIRS else _least_agreeing(pairs),
        heat=_heat(pairs),
        axis=axis,
        severity_axis=severity,
        influence=tuple(
            _influence(round_, criterion.key, each, axis=axis, severity=severity, alpha=alpha)
            for each in sorted(left_out, key=_effect)
        ),
        has_weights=any(pair.weighted is not None for pair in pairs),
        has_indices=any(pair.plain.prevalence is not None for pair in pairs),
    )


def _effect(rater: RaterInfluence) -> float:
    """Who lowers alpha most comes first; whose effect is unknown, last."""
    change = rater.change
    return change.value if change is not None and change.value is not None else 9.0


def _least_agreeing(pairs: tuple[PairRow, ...]) -> tuple[PairRow, ...]:
    defined = [pair for pair in pairs if pair.telling.estimate is not None]
    return tuple(sorted(defined, key=lambda pair: pair.telling.estimate or 0.0)[:MOST_PAIRS])


def _pair_rows(round_: Round, criterion: CriterionFigures) -> list[PairRow]:
    rows = []
    for raters, group in groupby(criterion.pairs, key=lambda figure: figure.raters):
        if raters is not None:
            url = judgments_url(round_, criterion.key, raters=raters)
            rows.append(PairRow(raters, url, tuple(group)))
    return rows


def _heat(pairs: tuple[PairRow, ...]) -> HeatMap | None:
    cells = {frozenset(pair.raters): pair for pair in pairs}
    codes = sorted({code for pair in pairs for code in pair.raters})
    if not 2 < len(codes) <= MATRIX_RATERS:
        return None
    names = tuple((code, "") for code in codes)
    rows = tuple(
        (name, tuple(_cell(cells.get(frozenset((name[0], other)))) for other in codes))
        for name in names
    )
    return HeatMap(names, rows)


def _cell(pair: PairRow | None) -> HeatCell | None:
    if pair is None:
        return None
    kappa = pair.telling
    words = {"a": pair.raters[0], "b": pair.raters[1], "items": n_items(kappa.n_units)}
    if kappa.estimate is None:
        words["reason"] = said(REASONS, kappa.undefined_reason)
        label = _("%(a)s and %(b)s: no kappa, because %(reason)s; %(items)s") % words
    else:
        words["kappa"] = with_interval(kappa)
        label = _("%(a)s and %(b)s: kappa %(kappa)s, %(items)s") % words
    return HeatCell(
        text=number(kappa.estimate),
        note=_("n %(n)s") % {"n": kappa.n_units},
        label=label,
        url=pair.url,
        shade=shade(kappa.estimate or 0.0),
    )


def _severity_axis(raters: tuple[RaterInfluence, ...]) -> Axis | None:
    known = [
        limit
        for each in raters
        if each.severity is not None
        for limit in (each.severity, each.severity_low, each.severity_high)
    ]
    return nice_axis(known, n=2, zero=True) if known else None


def _influence(
    round_: Round,
    criterion: str,
    rater: RaterInfluence,
    *,
    axis: Axis,
    severity: Axis | None,
    alpha: float | None,
) -> InfluenceView:
    url = judgments_url(round_, criterion, raters=(rater.rater,))
    without, change = rater.without, rater.change
    return InfluenceView(
        rater=rater,
        url=url,
        plot=plot(
            axis,
            without.estimate,
            (without.ci_low, without.ci_high),
            label=_("Without %(rater)s: alpha %(figure)s. Show the judgments of %(rater)s.")
            % {"rater": brief(rater.rater), "figure": with_interval(without)},
            url=url,
            start=alpha,
        ),
        severity=_severity_plot(severity, rater, url),
        is_clear=is_clear(change),
        is_apart=_is_apart(rater),
    )


def _is_apart(rater: RaterInfluence) -> bool:
    low, high = rater.severity_low, rater.severity_high
    return low is not None and high is not None and not low <= 0 <= high


def _severity_plot(axis: Axis | None, rater: RaterInfluence, url: str) -> Plot | None:
    if axis is None:
        return None
    limits = (rater.severity_low, rater.severity_high)
    label = _("%(rater)s: %(value)s (%(interval)s) from the others. Show the judgments.") % {
        "rater": brief(rater.rater),
        "value": signed(rater.severity),
        "interval": interval(*limits),
    }
    return plot(axis, rater.severity, limits, label=label, url=url)
