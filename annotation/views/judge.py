"""The labeling page. It works as plain POST and redirect; its script asks for the same
answers as fragments (`X-Concord-Fragment`) and swaps them in.

Looking (GET) never takes an item and never changes anything; POST does.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, project_for
from accounts.errors import Invalid
from accounts.routes import route
from annotation.access import assignment_for, round_for
from annotation.choices import AssignmentState
from annotation.errors import StaleRevision
from annotation.models import Assignment, Rater, Round
from annotation.presented_form import read_form
from annotation.selectors.labeling import (
    assignment_in_hand,
    criteria_of,
    own_assignments,
    rater_of,
)
from annotation.selectors.talk import returned_to
from annotation.selectors.work import (
    NothingLeft,
    Reason,
    item_awaits,
    nothing_left,
    rounds_to_judge,
)
from annotation.services.assignment import MOST_IN_HAND, next_assignment
from annotation.services.drafts import SavedDraft, save_draft
from annotation.services.judgments import Submission, submit_judgment
from annotation.services.leases import give_back_unseen, release_assignment, renew_lease
from annotation.services.roster import rater_for
from annotation.views.judge_answers import (
    form_of,
    judge_page,
    person,
    receipt_answer,
    start_page,
    wants_fragment,
)
from annotation.views.judge_page import Receipt, item_of, judge_url

# Drafts that a page sent and never heard of, as many as its script tells of.
MOST_UNCONFIRMED = 5


@require_GET
@route(Action.JUDGE)
def work(request: HttpRequest, project: str) -> HttpResponse:
    """The rounds in which the person may judge."""
    found = project_for(request.user, project, Action.JUDGE)
    rounds = rounds_to_judge(request.user, found)
    context = {"project": found, "rounds": rounds, "returned": returned_to(person(request), found)}
    return render(request, "annotation/judge/work.html", context)


@require_http_methods(["GET", "POST"])
@route(Action.JUDGE)
def judge(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """GET: the item in hand, or the way to one. POST: take the next item."""
    found = round_for(request.user, project, round, Action.JUDGE)
    user = person(request)
    if request.method == "POST":
        rater = rater_for(user=user, project=found.project)
        taken = next_assignment(round_=found, rater=rater)
        return redirect(judge_url(found) + ("" if taken else "?nothing=1"))
    own = rater_of(user, found.project)
    held = assignment_in_hand(found, own)
    if held is not None:
        return judge_page(request, held)
    left = _still_nothing(found, own) if own and "nothing" in request.GET else None
    return start_page(request, found, own, left)


def _still_nothing(round_: Round, rater: Rater) -> NothingLeft | None:
    """Why there is nothing; None when asking again would give an item by now."""
    left = nothing_left(round_=round_, rater=rater)
    if left.reason is Reason.WAIT and item_awaits(round_=round_, rater=rater):
        return None
    return left


@require_POST
@route(Action.JUDGE)
def ahead(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """The item after those that the page holds, leased and as a fragment. 204: none now.

    `holding`: what the person's pages show or keep ready.
    """
    found = round_for(request.user, project, round, Action.JUDGE)
    rater = rater_for(user=person(request), project=found.project)
    holding = request.POST.getlist("holding")
    taken = next_assignment(round_=found, rater=rater, holding=holding)
    if taken is None:
        return HttpResponse(status=204)
    taken.round, taken.rater = found, rater
    return judge_page(request, taken)


@require_POST
@route(Action.JUDGE)
def give_back(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """A page is left: what it fetched ahead and never showed goes back."""
    found = round_for(request.user, project, round, Action.JUDGE)
    rater = rater_of(person(request), found.project)
    if rater is not None:
        unseen = request.POST.getlist("assignment")
        give_back_unseen(round_=found, rater=rater, public_ids=unseen)
    return HttpResponse(status=204)


@require_http_methods(["GET", "POST"])
@route(Action.JUDGE)
def assignment(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """GET: an own item, judged or not. POST: submit the judgment, or give the item back."""
    found = assignment_for(request.user, assignment, project_slug=project)
    if request.method == "GET":
        return judge_page(request, found)
    if "give-back" in request.POST:
        release_assignment(assignment=found)
        return _onward(request, found, None)
    body = read_form(criteria_of(found.round.rubric_version), item_of(found), request.POST)
    try:
        done = submit_judgment(assignment=found, body=body, author=person(request))
    except StaleRevision as stale:
        body["base_revision"] = stale.stored["revision"]
        return judge_page(request, found, body=body, stored=stale.stored, status=409)
    except Invalid as invalid:
        errors = invalid.fields or {"": [invalid.detail]}
        return judge_page(request, found, body=body, errors=errors, status=422)
    return _onward(request, found, done)


@require_POST
@route(Action.JUDGE)
def draft(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """Keep the answer as it stands and renew the lease.

    `beat`: nothing changed, only renew. `ahead`: what the page keeps ready, renewed too; the
    answer's `gone` names what of it is somebody else's now. `draft_at`, `unconfirmed` (forms as
    they were sent): see save_draft.
    """
    found = assignment_for(request.user, assignment, project_slug=project)
    answer: dict[str, Any] = {}
    if "beat" in request.POST:
        lease_expires_at = renew_lease(assignment=found).lease_expires_at
    else:
        sent = request.POST.getlist("unconfirmed")[:MOST_UNCONFIRMED]
        criteria, item = criteria_of(found.round.rubric_version), item_of(found)
        body, *unconfirmed = (
            read_form(criteria, item, form) for form in (request.POST, *map(QueryDict, sent))
        )
        based_on = request.POST.get("draft_at")
        saved = save_draft(assignment=found, body=body, based_on=based_on, unconfirmed=unconfirmed)
        # To the microsecond, as the next save names it.
        answer |= {
            "saved_at": saved.saved_at.isoformat(),
            "replaced": _replaced(request, found, saved),
        }
        lease_expires_at = saved.lease_expires_at
    answer["lease_expires_at"] = lease_expires_at
    answer["gone"] = _gone(found, request.POST.getlist("ahead"))
    return JsonResponse(answer)


def _replaced(request: HttpRequest, found: Assignment, saved: SavedDraft) -> dict[str, Any] | None:
    if saved.replaced is None:
        return None
    return {"saved_at": saved.replaced_at, "form": form_of(request, found, saved.replaced)}


def _gone(shown: Assignment, ahead: list[str]) -> list[str]:
    """Renews what the page keeps ready. Returns what of it is not the rater's any more."""
    waiting = own_assignments(shown.rater, ahead[:MOST_IN_HAND])
    renewed = [renew_lease(assignment=each) for each in waiting]
    held = {each.public_id for each in renewed if each.state == AssignmentState.LEASED}
    return [public_id for public_id in ahead if public_id not in held]


def _onward(request: HttpRequest, done_with: Assignment, done: Submission | None) -> HttpResponse:
    """After a submission. A page that has its next item ready is told the receipt only; else
    the next item, at once for the script and by redirect without."""
    if request.headers.get("X-Concord-Next") == "ready":
        return receipt_answer(request, done_with, done)
    receipt = Receipt(done.receipt, done.judgment.submitted_at) if done else None
    holding = request.headers.get("X-Concord-Holding", "").split()
    following = next_assignment(round_=done_with.round, rater=done_with.rater, holding=holding)
    if not wants_fragment(request):
        if receipt:
            said = {"at": date_format(timezone.localtime(), "H:i:s"), "code": receipt.receipt}
            messages.success(request, _("Saved %(at)s, receipt %(code)s") % said)
        return redirect(judge_url(done_with.round) + ("" if following else "?nothing=1"))
    if following is not None:
        return judge_page(request, following, receipt=receipt)
    left = nothing_left(round_=done_with.round, rater=done_with.rater)
    return start_page(request, done_with.round, done_with.rater, left, receipt=receipt)
