"""Agreement over the rounds of a project."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import Action
from accounts.csv_files import csv_answer
from accounts.models import Project
from accounts.routes import route
from annotation.models import Round
from reliability.access import reported_rounds
from reliability.services.project_figures import ProjectFigures
from reliability.services.project_report import MOST_ROUNDS, project_figures
from reliability.views.tracks import HEADER, MIXED, lines_of, tracks_of


@dataclass(frozen=True, slots=True)
class Offered:
    """A round to choose, newest first."""

    round: Round
    is_chosen: bool


@route(Action.VIEW_RELIABILITY)
@require_GET
def project(request: HttpRequest, project: str) -> HttpResponse:
    found, figures = _asked(request, project)
    _project, rounds = reported_rounds(request.user, project)
    chosen = {column.public_id for column in figures.rounds}
    context = {
        "project": found,
        "offered": [Offered(each, each.public_id in chosen) for each in reversed(rounds)],
        "most_rounds": MOST_ROUNDS,
        "figures": figures,
        "tracks": tracks_of(found, figures),
        "is_mixed": figures.is_mixed,
        "waiting": [each for each in figures.rounds if each.is_stale or not each.computed_at],
    }
    return render(request, "reliability/project.html", context)


def _asked(request: HttpRequest, project: str) -> tuple[Project, ProjectFigures]:
    """The figures of the rounds that the address names; of all that ran where it names none."""
    asked = [each for each in request.GET.getlist("round") if each]
    found, rounds = reported_rounds(request.user, project, asked)
    is_mixed = request.GET.get("versions") == MIXED
    return found, project_figures(rounds, is_mixed=is_mixed)


@route(Action.VIEW_RELIABILITY)
@require_GET
def project_file(request: HttpRequest, project: str) -> HttpResponse:
    """What is on the screen as CSV."""
    found, figures = _asked(request, project)
    return csv_answer(f"{found.slug}-reliability", HEADER, lines_of(figures))
