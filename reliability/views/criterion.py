"""One criterion of a round: every figure, and what to do about it."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import Action
from accounts.errors import NotFound
from accounts.routes import route
from annotation.models import Round
from reliability.access import blind_items, reported_round
from reliability.selectors.cases import public_ids_of
from reliability.services.current_report import current_report
from reliability.services.figures import CriterionFigures, Figure, ReportFigures, SplitFigure
from reliability.services.point_figures import N_VALUES
from reliability.views.addresses import address, judgments_url
from reliability.views.advice import advice_on
from reliability.views.anchors import anchors_of
from reliability.views.benchmarks import WITHOUT_WORDS, benchmarks_of
from reliability.views.drawing import Axis, Plot, agreement_axis
from reliability.views.families import (
    LEAST_ITEMS,
    families_shown,
    family_key,
    family_label,
    figure_plot,
    filter_from,
    slices_line,
)
from reliability.views.raters import raters_of
from reliability.views.readings import cautions, reading_of
from reliability.views.rounds import round_context
from reliability.views.studies import study_of
from reliability.views.trend import trend_of
from reliability.wording import (
    CAUTIONS,
    COEFFICIENTS,
    REASONS,
    WEIGHTS,
    meaning,
    parts_note,
    parts_title,
    said,
)

# Items shown of each list; the files hold all of them.
MOST_LISTED = 10
# Recomputed figures shown, those that differ most.
MOST_CHECKED = 40


@dataclass(frozen=True, slots=True)
class CoefficientRow:
    """A figure over all raters with its place on the common axis."""

    figure: Figure
    label: str
    meaning: str
    plot: Plot
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Items to look at; `n_hidden` wait to be decided blind."""

    items: tuple[tuple[SplitFigure, str], ...]
    n_hidden: int


@route(Action.VIEW_RELIABILITY)
@require_GET
def criterion(request: HttpRequest, project: str, round: str, criterion: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    report = current_report(found)
    context = round_context(request, found, report)
    if report.figures is not None:
        figures = criterion_of_report(report.figures, criterion)
        context |= _criterion_context(request, found, figures)
    return render(request, "reliability/criterion.html", context)


def criterion_of_report(figures: ReportFigures, key: str) -> CriterionFigures:
    found = figures.criterion(key)
    if found is None:
        raise NotFound
    return found


def _criterion_context(
    request: HttpRequest, round_: Round, figures: CriterionFigures
) -> dict[str, Any]:
    hidden = public_ids_of(blind_items(request.user, round_.project))
    axis = agreement_axis(each.ci_low for each in figures.figures)
    alpha = figures.figure("krippendorff_alpha")
    told = alpha.warnings if alpha else ()
    asked = filter_from(request.GET, figures)
    families = families_shown(round_, figures, asked)
    split = _listed(round_, figures.split, hidden)
    checked = [f for f in (*figures.figures, *figures.pairs) if f.check is not None]
    return {
        "criterion": figures,
        "parts_title": parts_title(figures.per),
        "parts_note": parts_note(
            figures.per, n_parts=figures.n_items, n_items=figures.n_whole_items
        ),
        "reading": reading_of(figures),
        "warnings": cautions(alpha),
        "advice": advice_on(round_, figures),
        "items_url": judgments_url(round_, figures.key),
        "axis": axis,
        "coefficients": [
            _coefficient(round_, figures.key, each, axis, told) for each in figures.figures
        ],
        "prevalent": max(figures.distribution, key=lambda each: each.n, default=None),
        "benchmarks": benchmarks_of(figures),
        "distribution": [
            (each, judgments_url(round_, figures.key, values=(each.value,)))
            for each in figures.distribution
        ],
        "is_cut": _is_cut(figures),
        "anchors": anchors_of(round_, figures),
        "raters": raters_of(round_, figures),
        "families": families,
        "held_back": slices_line(families),
        "asked": asked,
        "least_items": LEAST_ITEMS,
        "family_names": [(family_key(each), family_label(each)) for each in figures.slices],
        "trend": trend_of(round_, figures),
        "split": split,
        "agreed": _listed(round_, _unlike(figures), hidden),
        "study": study_of(round_, figures),
        "n_checked": len(checked),
        "checked": sorted(checked, key=_difference, reverse=True)[:MOST_CHECKED],
        "largest_difference": largest_difference(checked),
    }


def _is_cut(figures: CriterionFigures) -> bool:
    """Whether values were given that the distribution leaves out."""
    shown = figures.distribution
    return len(shown) >= N_VALUES and sum(each.n for each in shown) < figures.n_ratings


def _coefficient(
    round_: Round, criterion: str, figure: Figure, axis: Axis, told: tuple[str, ...]
) -> CoefficientRow:
    label = coefficient_label(figure)
    url = judgments_url(round_, criterion, compared="1")
    own = replace(axis, lines=()) if figure.coefficient in WITHOUT_WORDS else axis
    drawn = figure_plot(own, figure, label, url)
    compared = meaning(figure.coefficient, figure.weights)
    return CoefficientRow(figure, label, compared, drawn, _note(figure, told))


def _note(figure: Figure, told: tuple[str, ...]) -> str:
    """Why there is no value, or the cautions that are not told of alpha already."""
    if figure.undefined_reason:
        return said(REASONS, figure.undefined_reason)
    return "; ".join(said(CAUTIONS, name) for name in figure.warnings if name not in told)


def coefficient_label(figure: Figure) -> str:
    """The coefficient's name, with its weights where it has any to tell."""
    label = said(COEFFICIENTS, figure.coefficient)
    if figure.weights and figure.weights != "identity":
        return _("%(coefficient)s, %(weights)s") % {
            "coefficient": label,
            "weights": said(WEIGHTS, figure.weights),
        }
    return label


def _difference(figure: Figure) -> float:
    """How far the other package's figure lies from ours; what has none comes last."""
    check = figure.check
    return -1.0 if check is None or check.difference is None else abs(check.difference)


def largest_difference(checked: list[Figure]) -> float | None:
    """Between our figures and those of other packages; None where none could be compared."""
    found = [abs(f.check.difference) for f in checked if f.check and f.check.difference is not None]
    return max(found, default=None)


def _unlike(figures: CriterionFigures) -> tuple[SplitFigure, ...]:
    """The items agreed on most, without those that are also among the most disputed."""
    disputed = {each.item for each in figures.split[:MOST_LISTED]}
    return tuple(each for each in figures.agreed if each.item not in disputed)


def _listed(round_: Round, items: tuple[SplitFigure, ...], hidden: frozenset[str]) -> Listed:
    listed = items[:MOST_LISTED]
    shown = [each for each in listed if each.item not in hidden]
    rows = tuple((each, address("item", round_, item=each.item)) for each in shown)
    return Listed(rows, len(listed) - len(shown))
