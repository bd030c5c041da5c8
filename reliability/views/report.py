"""The reliability pages of a round: all criteria, one criterion, and their files."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action, allows
from accounts.errors import NotFound
from accounts.models import User
from accounts.routes import route
from accounts.tasks import send_job
from annotation.choices import RoundState
from annotation.models import Round
from reliability.access import blind_items, manageable_round, reported_round
from reliability.choices import DisagreementRule
from reliability.selectors.cases import case_counts, public_ids_of
from reliability.services.current_report import CurrentReport, current_report, request_report
from reliability.services.figures import CriterionFigures, Figure, ReportFigures
from reliability.services.queue_jobs import request_cases
from reliability.views.charts import NARROW, WIDE, Mark, forest_plot
from reliability.views.csv_files import csv_answer
from reliability.views.readings import Reading, cautions, reading_of


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the summary: a criterion, its reading and its figures."""

    criterion: CriterionFigures
    reading: Reading
    url: str
    items_url: str
    alpha: Figure | None
    agreement: Figure | None
    ac1: Figure | None
    warnings: list[str]


@route(Action.VIEW_RELIABILITY)
@require_GET
def summary(request: HttpRequest, project: str, round: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    report = current_report(found)
    context = _base(request, found, report)
    if report.figures is not None:
        rows = [_row(found, criterion) for criterion in report.figures.criteria]
        context |= {"rows": rows, "charts": _charts(rows)}
    return render(request, "reliability/summary.html", context)


def _base(request: HttpRequest, round_: Round, report: CurrentReport) -> dict[str, Any]:
    return {
        "round": round_,
        "project": round_.project,
        "report": report,
        "figures": report.figures,
        "is_running": round_.state != RoundState.CLOSED,
        "cases": case_counts(round_),
        "rules": DisagreementRule.choices,
        "may_queue": allows(request.user, Action.MANAGE_ROUND, round_.project),
    }


def _row(round_: Round, criterion: CriterionFigures) -> Row:
    alpha = criterion.figure("krippendorff_alpha")
    return Row(
        criterion=criterion,
        reading=reading_of(criterion),
        url=_url("criterion", round_, criterion=criterion.key),
        items_url=judgments_url(round_, criterion.key),
        alpha=alpha,
        agreement=criterion.figure("percent_agreement"),
        ac1=criterion.figure("gwet_ac1"),
        warnings=cautions(alpha),
    )


def _charts(rows: list[Row]) -> dict[str, Any] | None:
    marks = [
        Mark(row.criterion.key, row.alpha.estimate, row.alpha.ci_low, row.alpha.ci_high)
        for row in rows
        if row.alpha is not None
    ]
    if not any(mark.estimate is not None for mark in marks):
        return None
    return {"wide": forest_plot(marks, size=WIDE), "narrow": forest_plot(marks, size=NARROW)}


def _url(name: str, round_: Round, **parts: str) -> str:
    place = {"project": round_.project.slug, "round": round_.public_id}
    return reverse(f"reliability:{name}", kwargs=place | parts)


def judgments_url(
    round_: Round, criterion: str, *, raters: tuple[str, ...] = (), values: tuple[Any, ...] = ()
) -> str:
    """The list of judgments behind a figure: its filters stand in the address."""
    query = [("criterion", criterion)]
    query += [("rater", rater) for rater in raters]
    query += [("value", str(value)) for value in values]
    return f"{_url('judgments', round_)}?{urlencode(query)}"


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


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rater by rater; a cell is None on the diagonal and where two share no item."""

    raters: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PairRow | None, ...]], ...]


@route(Action.VIEW_RELIABILITY)
@require_GET
def criterion(request: HttpRequest, project: str, round: str, criterion: str) -> HttpResponse:
    found = reported_round(request.user, project, round)
    report = current_report(found)
    context = _base(request, found, report)
    if report.figures is not None:
        figures = _criterion_of(report.figures, criterion)
        context |= _criterion_context(request, found, figures)
    return render(request, "reliability/criterion.html", context)


def _criterion_of(figures: ReportFigures, key: str) -> CriterionFigures:
    found = figures.criterion(key)
    if found is None:
        raise NotFound
    return found


def _criterion_context(
    request: HttpRequest, round_: Round, figures: CriterionFigures
) -> dict[str, Any]:
    hidden = public_ids_of(blind_items(request.user, round_.project))
    pairs = _pair_rows(round_, figures)
    return {
        "row": _row(round_, figures),
        "criterion": figures,
        "pairs": pairs,
        "matrix": _matrix(pairs),
        "checked": [f for f in (*figures.figures, *figures.pairs) if f.check is not None],
        "confusions": [
            (each, judgments_url(round_, figures.key, values=each.values))
            for each in figures.confusions
        ],
        "distribution": [
            (each, judgments_url(round_, figures.key, values=(each.value,)))
            for each in figures.distribution
        ],
        "split": [
            (each, _url("item", round_, item=each.item))
            for each in figures.split
            if each.item not in hidden
        ],
        "n_hidden": sum(each.item in hidden for each in figures.split),
    }


def _pair_rows(round_: Round, figures: CriterionFigures) -> list[PairRow]:
    rows = []
    for raters, group in groupby(figures.pairs, key=lambda figure: figure.raters):
        if raters is not None:
            url = judgments_url(round_, figures.key, raters=raters)
            rows.append(PairRow(raters, url, tuple(group)))
    return rows


MATRIX_RATERS = 12


def _matrix(pairs: list[PairRow]) -> Matrix | None:
    """None where there is nothing to cross, or more raters than a table shows."""
    cells = {frozenset(pair.raters): pair for pair in pairs}
    raters = tuple(sorted({code for pair in pairs for code in pair.raters}))
    if not 2 < len(raters) <= MATRIX_RATERS:
        return None
    rows = tuple((a, tuple(cells.get(frozenset((a, b))) for b in raters)) for a in raters)
    return Matrix(raters, rows)


@route(Action.VIEW_RELIABILITY)
@require_GET
def figures_file(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """What is on the screen as CSV; ?criterion= narrows it to that criterion's page."""
    found = reported_round(request.user, project, round)
    report = current_report(found)
    if report.figures is None:
        raise NotFound
    records = report.figures.records()
    only = request.GET.get("criterion")
    if only:
        _criterion_of(report.figures, only)
        records = [each for each in records if each["criterion"] == only]
    header = ["criterion", "raters", *_COLUMNS]
    rows = (
        [each["criterion"], " × ".join(each.get("raters", ())), *(each[c] for c in _COLUMNS)]
        for each in records
    )
    return csv_answer(f"{found.name}-{only or 'reliability'}", header, rows)


_COLUMNS = (
    "coefficient",
    "level",
    "weights",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_method",
    "se",
    "n_units",
    "n_raters",
    "n_ratings",
    "n_pairable",
    "undefined_reason",
)


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
