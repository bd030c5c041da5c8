"""What raters ask, and what they are told: questions, answers, clarifications, returns.

Each works as plain POST and redirect. The script sends a question without leaving the item.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action, project_for
from accounts.errors import Conflict, Invalid
from accounts.models import User
from accounts.routes import route
from annotation.access import assignment_for, clarification_for, own_flag_for
from annotation.choices import AssignmentState
from annotation.models import Assignment
from annotation.presented_form import read_form
from annotation.selectors.batches import newest_first_page
from annotation.selectors.labeling import criteria_of, own_judgment
from annotation.selectors.talk import own_flags, returned_to
from annotation.services.clarifications import mark_clarification_read
from annotation.services.drafts import save_draft
from annotation.services.flags import ask_lead, mark_answer_read
from annotation.services.returns import stand_by
from annotation.services.roster import rater_for
from annotation.views.judge_page import assignment_url, item_of, judge_url

SCRIPTED = "X-Concord-Fragment"


@require_POST
@route(Action.JUDGE)
def ask(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """Ask the lead about an own item. Without script the answer so far comes along and is kept."""
    found = assignment_for(request.user, assignment, project_slug=project)
    try:
        flag = ask_lead(
            assignment=found,
            question=request.POST.get("flag-question", ""),
            criterion_key=request.POST.get("flag-criterion", "")[:80],
        )
    except (Invalid, Conflict) as refused:
        if SCRIPTED in request.headers:
            return JsonResponse({"detail": refused.detail}, status=refused.status)
        messages.error(request, refused.detail)
    else:
        if SCRIPTED in request.headers:
            return JsonResponse({"id": flag.public_id}, status=201)
        messages.success(request, _("Your question is with the lead. The answer comes back here."))
    if "seconds_spent" in request.POST:
        _keep_answer(request, found)
    return redirect(assignment_url(found.round, found.public_id))


def _keep_answer(request: HttpRequest, assignment: Assignment) -> None:
    body = read_form(
        criteria_of(assignment.round.rubric_version), item_of(assignment), request.POST
    )
    try:
        save_draft(assignment=assignment, body=body)
    except Conflict:
        # Submitted meanwhile: what is stored stands.
        return


@require_GET
@route(Action.JUDGE)
def questions(request: HttpRequest, project: str) -> HttpResponse:
    """The person's own questions with their answers."""
    found = project_for(request.user, project, Action.JUDGE)
    page = newest_first_page(own_flags(_person(request), found), request.GET.get("cursor", ""))
    context = {"project": found, "page": page, "returns": returned_to(_person(request), found)}
    return render(request, "annotation/judge/questions.html", context)


@require_POST
@route(Action.JUDGE)
def read_answer(request: HttpRequest, project: str, flag: str) -> HttpResponse:
    mark_answer_read(flag=own_flag_for(request.user, project, flag))
    if SCRIPTED in request.headers:
        return HttpResponse(status=204)
    return redirect(_back(request) or reverse("annotation:questions", kwargs={"project": project}))


@require_POST
@route(Action.JUDGE)
def read_clarification(request: HttpRequest, project: str, clarification: str) -> HttpResponse:
    """Read; then the next one, or the item that it stood before."""
    found = clarification_for(request.user, project, clarification, Action.JUDGE)
    rater = rater_for(user=_person(request), project=found.round.project)
    mark_clarification_read(clarification=found, rater=rater)
    if SCRIPTED in request.headers:
        return HttpResponse(status=204)
    return redirect(_back(request) or judge_url(found.round))


@require_POST
@route(Action.JUDGE)
def stand(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """Leave a returned judgment as it is, with a note to the lead."""
    found = assignment_for(request.user, assignment, project_slug=project)
    judgment = own_judgment(found) if found.state == AssignmentState.SUBMITTED else None
    if judgment is not None:
        try:
            note = request.POST.get("stand-note", "")
            stand_by(judgment=judgment, note=note, actor=_person(request))
        except (Invalid, Conflict) as refused:
            messages.error(request, refused.detail)
            return redirect(assignment_url(found.round, found.public_id))
        messages.success(request, _("The judgment stands as it is. The lead sees your note."))
    return redirect(judge_url(found.round))


def _back(request: HttpRequest) -> str:
    """Where the form stood, if it says so and that is here (T21)."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith("/projects/")
    return wanted if is_ours else ""


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
