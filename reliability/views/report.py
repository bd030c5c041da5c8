"""The reliability pages of a round: all criteria in one view, and the files of every table."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action
from accounts.csv_files import csv_answer
from accounts.errors import NotFound
from accounts.models import User
from accounts.routes import route
from accounts.tasks import send_job
from annotation.models import Round
from reliability.access import blind_items, manageable_round, reported_round
from reliability.selectors.cases import public_ids_of
from reliability.services.current_report import current_report, request_report
from reliability.services.figures import CriterionFigures, Figure, ReportFigures
from reliability.services.queue_jobs import request_cases
from reliability.views.addresses import address, judgments_url
from reliability.views.advice import advice_of_round
from reliability.views.criterion import criterion_of_report
from reliability.views.drawing import Axis, Plot, agreement_axis
from reliability.views.families import figure_plot
from reliability.views.readings import Reading, cautions, reading_of
from reliability.views.rounds import round_context
from reliability.views.tables import TABLES

SHOWN_ADVICE = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the summary: a criterion, its reading and its figures."""

    criterion: CriterionFigures
    reading: Reading
    url: str
    items_url: str
    ratings_url: str
    alpha: Figure | None
    agreement: Figure | None
    ac1: Figure | None
    plot: Plot
    warnings: list[str]


@route(Action.VIEW_RELIABILITY)
@require_GET
def summary(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    report = current_report(found)
    context = round_context(request, found, report)
    if report.figures is not None:
        advice = advice_of_round(found, report.figures)
        axis = _axis(report.figures)
        context |= {
            "rows": [_row(found, each, axis) for each in report.figures.criteria],
            "axis": axis,
            "advice": advice[:SHOWN_ADVICE],
            "further_advice": advice[SHOWN_ADVICE:],
        }
    return render(request, "reliability/summary.html", context)


def _axis(figures: ReportFigures) -> Axis:
    alphas = [each.figure("krippendorff_alpha") for each in figures.criteria]
    return agreement_axis(alpha.ci_low for alpha in alphas if alpha is not None)


def _row(round_: Round, criterion: CriterionFigures, axis: Axis) -> Row:
    alpha = criterion.figure("krippendorff_alpha")
    items_url = judgments_url(round_, criterion.key, compared="1")
    return Row(
        criterion=criterion,
        reading=reading_of(criterion),
        url=address("criterion", round_, criterion=criterion.key),
        items_url=items_url,
        ratings_url=judgments_url(round_, criterion.key),
        alpha=alpha,
        agreement=criterion.figure("percent_agreement"),
        ac1=criterion.figure("gwet_ac1"),
        plot=figure_plot(axis, alpha, criterion.key, items_url),
        warnings=cautions(alpha),
    )


@route(Action.VIEW_RELIABILITY)
@require_GET
def figures_file(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """What is on the screen as CSV: ?table= chooses which, ?criterion= whose."""
    found = reported_round(request.user, project, round)
    report = current_report(found)
    table = TABLES.get(request.GET.get("table", "figures"))
    if report.figures is None or table is None:
        raise NotFound
    only = request.GET.get("criterion")
    criteria = (criterion_of_report(report.figures, only),) if only else report.figures.criteria
    hidden = public_ids_of(blind_items(request.user, found.project))
    name = "-".join((found.name, only or "reliability", request.GET.get("table", "")))
    return csv_answer(name, table.header, table.rows(criteria, hidden))


@route(Action.VIEW_RELIABILITY)
@require_POST
def compute(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    send_job(request_report(round_=found, requested_by=_person(request)))
    return redirect("reliability:round", project=project, round=round)


@route(Action.MANAGE_ROUND)
@require_POST
def queue(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = manageable_round(request.user, project, round)
    job = request_cases(
        round_=found, rule=request.POST.get("rule", ""), requested_by=_person(request)
    )
    send_job(job)
    return redirect("reliability:round_cases", project=project, round=round)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
