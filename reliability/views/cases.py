"""Adjudication: the queue, a case decided blind and then informed, and a round's cases."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, allows, project_for
from accounts.errors import NotFound
from accounts.models import Project, User
from accounts.routes import route
from annotation.parts import part_label, part_text
from annotation.presentation import PresentedItem
from annotation.presented_form import PresentedForm, present_form, read_form
from annotation.rendering import PresentedText
from annotation.views.attachments import attachment_answer
from annotation.views.preview import present_with_files
from reliability.access import blind_items, case_for, reported_round, require_blind_decision
from reliability.choices import CaseState, Cause, DisagreementRule, Stage
from reliability.errors import DecisionRefused
from reliability.models import Case, Decision
from reliability.selectors.cases import (
    answers_to,
    case_counts,
    cases_of,
    cause_counts,
    criteria_with,
    decided_by,
    decisions_of,
    rounds_with,
)
from reliability.services.cases import DEFAULT_RULE, cases_open_to, claim_case, take_case
from reliability.services.decisions import decide_blind, decide_informed, value_distribution
from reliability.services.queue_jobs import queueing_job
from rubrics.models import Criterion

SHOWN = 100
FILTERS = ("round", "criterion")


def _adjudicator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


def _narrowed(cases: QuerySet[Case], asked: Mapping[str, str]) -> QuerySet[Case]:
    if asked.get("round"):
        cases = cases.filter(round__public_id=asked["round"])
    if asked.get("criterion"):
        cases = cases.filter(criterion__key=asked["criterion"])
    return cases


def _remembered(data: Mapping[str, str]) -> str:
    """The filters as the end of an address, so that they outlive each decision."""
    kept = {name: data[name] for name in FILTERS if data.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


@route(Action.ADJUDICATE)
@require_GET
def queue(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.ADJUDICATE)
    user = _adjudicator(request)
    waiting = cases_open_to(user, found)
    parts = ("round", "item", "criterion")
    shown = _narrowed(waiting, request.GET).select_related(*parts)
    decided = decided_by(user.public_id, found).select_related(*parts)
    return render(
        request,
        "reliability/cases.html",
        {
            "project": found,
            "cases": list(shown.order_by("-priority", "id")[:SHOWN]),
            "n_cases": shown.count(),
            "n_waiting": waiting.count(),
            "n_decided": decided.count(),
            "decided": list(decided.order_by("-pk")[:10]),
            "rounds": rounds_with(waiting),
            "criteria": criteria_with(waiting),
            "asked": {name: request.GET.get(name, "") for name in FILTERS},
            "remembered": _remembered(request.GET),
        },
    )


@route(Action.ADJUDICATE)
@require_POST
def take_next(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.ADJUDICATE)
    return _next(request, found)


def _next(request: HttpRequest, project: Project) -> HttpResponse:
    user = _adjudicator(request)
    among = _narrowed(cases_open_to(user, project), request.GET)
    taken = claim_case(adjudicator=user, project=project, among=among)
    if taken is None:
        messages.info(request, _("No case waits for you here."))
        queue_url = reverse("reliability:cases", kwargs={"project": project.slug})
        return redirect(queue_url + _remembered(request.GET))
    return redirect(_case_url("case", taken, request))


def _case_url(name: str, case: Case, request: HttpRequest) -> str:
    place = {"project": case.round.project.slug, "case": case.public_id}
    return reverse(f"reliability:{name}", kwargs=place) + _remembered(request.GET)


@route(Action.ADJUDICATE)
@require_POST
def take(request: HttpRequest, project: str, case: str) -> HttpResponse:
    found = case_for(request.user, project, case)
    taken = take_case(case=found, adjudicator=_adjudicator(request))
    return redirect(_case_url("case", taken, request))


@route(Action.ADJUDICATE)
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, project: str, case: str) -> HttpResponse:
    """The blind stage. Raters' answers never come near this page."""
    found = case_for(request.user, project, case)
    if request.method == "POST":
        return _decide_blind(request, found)
    if found.state != CaseState.OPEN:
        return redirect(_case_url("case_answers", found, request))
    return _case_page(request, found, _shown(found))


def _decide_blind(request: HttpRequest, case: Case) -> HttpResponse:
    item = _shown(case)
    body = read_form([asked_of(case)], item, request.POST)
    try:
        decide_blind(
            case=case,
            adjudicator=_adjudicator(request),
            raw=body["ratings"].get(case.criterion.key),
            rationale=body["rationale"],
        )
    except DecisionRefused as error:
        return _case_page(request, case, item, body=body, errors=error.fields, status=422)
    return redirect(_case_url("case_answers", case, request))


@route(Action.ADJUDICATE)
@require_GET
def attachment(request: HttpRequest, project: str, case: str, place: int) -> HttpResponseBase:
    """A file of the item; `place` is the item's own, as its responses stand in their own order."""
    found = case_for(request.user, project, case)
    return attachment_answer(request, found.item, place, shown_as=place)


@route(Action.ADJUDICATE)
@require_http_methods(["GET", "POST"])
def answers(request: HttpRequest, project: str, case: str) -> HttpResponse:
    """The informed stage: refused until the blind decision is stored (T76)."""
    found = case_for(request.user, project, case)
    require_blind_decision(found)
    if request.method == "POST":
        return _decide_informed(request, found)
    return _case_page(request, found, _shown(found), body=_prefilled(found))


def _decide_informed(request: HttpRequest, case: Case) -> HttpResponse:
    item = _shown(case)
    body = read_form([asked_of(case)], item, request.POST)
    body["cause"] = request.POST.get("cause", "")
    try:
        decide_informed(
            case=case,
            adjudicator=_adjudicator(request),
            raw=body["ratings"].get(case.criterion.key),
            cause=body["cause"],
            rationale=body["rationale"],
        )
    except DecisionRefused as error:
        return _case_page(request, case, item, body=body, errors=error.fields, status=422)
    messages.success(request, _("Decided: %(item)s.") % {"item": unit_name(case)})
    return _next(request, case.round.project)


def unit_name(case: Case) -> str:
    """What is decided, as pages call it."""
    item = case.item.external_id
    return f"{item} · {part_label(case.part)}" if case.part else item


def _prefilled(case: Case) -> dict[str, Any]:
    """The form starts from the last decision, which is the blind one at first."""
    last = case.decisions.order_by("-number").first()
    if last is None:
        return {}
    is_final = last.stage == Stage.INFORMED
    return {
        "ratings": {case.criterion.key: last.value},
        "rationale": last.rationale,
        "cause": last.cause if is_final else "",
    }


def asked_of(case: Case) -> Criterion:
    """The criterion as one question: a case is of one part, which has one value.

    Of a preference the choice is decided; how strong it is was each rater's own.
    """
    beside = {"strengths", "per"} if case.part else {"strengths"}
    asked = copy(case.criterion)
    asked.options = {name: given for name, given in asked.options.items() if name not in beside}
    return asked


def _shown(case: Case) -> PresentedItem:
    url = reverse("reliability:case", args=[case.round.project.slug, case.public_id])
    return present_with_files(
        case.item,
        side_order=[],
        shows_reference=case.round.shows_reference,
        files_at=f"{url}attachments/",
    )


def _case_page(
    request: HttpRequest,
    case: Case,
    item: PresentedItem,
    *,
    body: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_informed = case.state != CaseState.OPEN
    version = case.round.rubric_version
    context: dict[str, Any] = {
        "case": case,
        "project": case.round.project,
        "round": case.round,
        "item": item,
        "form": _form(case, item, body or {}, errors or {}),
        "cause": (body or {}).get("cause", ""),
        "cause_errors": (errors or {}).get("cause", ()),
        "causes": Cause.choices,
        "version": version,
        "guidelines": PresentedText(version.guidelines),
        "part_text": part_text(case.part, case.item.content),
        "is_informed": is_informed,
        "is_mine": case.claimed_by_id == request.user.pk,
        "n_waiting": cases_open_to(_adjudicator(request), case.round.project)
        .filter(state=CaseState.OPEN)
        .count(),
        "remembered": _remembered(request.GET),
        "decisions": _decisions(case),
    }
    if is_informed:
        context |= {"answers": answers_to(case), "distribution": value_distribution(case)}
    return render(request, "reliability/case.html", context, status=status)


def _form(
    case: Case, item: PresentedItem, body: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
) -> PresentedForm:
    own = {name: found for name, found in errors.items() if name != "cause"}
    return present_form([asked_of(case)], item, body=body, errors=own)


def _decisions(case: Case) -> list[Decision]:
    return decisions_of(case) if case.state != CaseState.OPEN else []


@route(Action.VIEW_RELIABILITY)
@require_GET
def of_round(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """A round's cases for who leads it: what was decided, why, and what waits."""
    found = reported_round(request.user, project, round)
    hidden = blind_items(request.user, found.project)
    state = request.GET.get("state", "")
    cases = cases_of(found)
    if state in CaseState.values:
        cases = cases.filter(state=state)
    return render(
        request,
        "reliability/round_cases.html",
        {
            "round": found,
            "project": found.project,
            "cases": list(cases[:SHOWN]),
            "n_cases": cases.count(),
            "counts": case_counts(found),
            "causes": cause_counts(found),
            "states": CaseState.choices,
            "state": state,
            "hidden": hidden,
            "job": queueing_job(found),
            "rules": DisagreementRule.choices,
            "rule": DEFAULT_RULE,
            "may_queue": allows(request.user, Action.MANAGE_ROUND, found.project),
        },
    )
