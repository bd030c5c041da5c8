"""The labeling page. It works as plain POST and redirect; its script asks for the same
answers as fragments (`X-Concord-Fragment`) and swaps them in.

Looking (GET) never takes an item and never changes anything; POST does.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, project_for
from accounts.errors import Invalid
from accounts.models import User
from accounts.routes import route
from annotation.access import assignment_for, round_for
from annotation.errors import StaleRevision
from annotation.models import Assignment, Rater, Round
from annotation.presented_form import present_form, read_form
from annotation.selectors.labeling import (
    answer_so_far,
    assignment_in_hand,
    criteria_of,
    own_progress,
    rater_of,
)
from annotation.selectors.work import NothingLeft, nothing_left, rounds_to_judge
from annotation.services.assignment import next_assignment
from annotation.services.drafts import save_draft
from annotation.services.judgments import Submission, submit_judgment
from annotation.services.leases import release_assignment
from annotation.services.roster import rater_for
from annotation.views.judge_page import (
    Receipt,
    explained,
    item_of,
    judge_url,
    page_context,
    start_context,
)

PAGE = "annotation/judge/page.html"
START = "annotation/judge/start.html"


@require_GET
@route(Action.JUDGE)
def work(request: HttpRequest, project: str) -> HttpResponse:
    """The rounds in which the person may judge."""
    found = project_for(request.user, project, Action.JUDGE)
    rounds = rounds_to_judge(request.user, found)
    return render(request, "annotation/judge/work.html", {"rounds": rounds})


@require_http_methods(["GET", "POST"])
@route(Action.JUDGE)
def judge(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """GET: the item in hand, or the way to one. POST: take the next item."""
    found = round_for(request.user, project, round, Action.JUDGE)
    user = _person(request)
    if request.method == "POST":
        rater = rater_for(user=user, project=found.project)
        taken = next_assignment(round_=found, rater=rater)
        return redirect(judge_url(found) + ("" if taken else "?nothing=1"))
    own = rater_of(user, found.project)
    held = assignment_in_hand(found, own)
    if held is not None:
        return _page(request, held, body=answer_so_far(held))
    left = nothing_left(round_=found, rater=own) if own and "nothing" in request.GET else None
    return _start(request, found, own, left)


@require_http_methods(["GET", "POST"])
@route(Action.JUDGE)
def assignment(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """GET: an own item, judged or not. POST: submit the judgment, or give the item back."""
    found = _assignment(request, project, assignment)
    if request.method == "GET":
        return _page(request, found, body=answer_so_far(found))
    if "give-back" in request.POST:
        release_assignment(assignment=found)
        return _onward(request, found, None)
    body = read_form(criteria_of(found.round.rubric_version), item_of(found), request.POST)
    try:
        done = submit_judgment(assignment=found, body=body, author=_person(request))
    except StaleRevision as stale:
        body["base_revision"] = stale.stored["revision"]
        return _page(request, found, body=body, stored=stale.stored, status=409)
    except Invalid as invalid:
        errors = invalid.fields or {"": [invalid.detail]}
        return _page(request, found, body=body, errors=errors, status=422)
    return _onward(request, found, done)


@require_POST
@route(Action.JUDGE)
def draft(request: HttpRequest, project: str, assignment: str) -> HttpResponse:
    """Keep the answer as it stands, renew the lease: {saved_at, lease_expires_at}."""
    found = _assignment(request, project, assignment)
    body = read_form(criteria_of(found.round.rubric_version), item_of(found), request.POST)
    saved = save_draft(assignment=found, body=body)
    found.refresh_from_db(fields=["lease_expires_at"])
    answer = {"saved_at": saved.saved_at, "lease_expires_at": found.lease_expires_at}
    return _marked(request, JsonResponse(answer))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _assignment(request: HttpRequest, project: str, public_id: str) -> Assignment:
    """The person's own assignment, under the project that the address names (T15)."""
    project_for(request.user, project, Action.JUDGE)
    found = assignment_for(request.user, public_id)
    round_for(request.user, project, found.round.public_id, Action.JUDGE)
    return found


def _onward(request: HttpRequest, done_with: Assignment, done: Submission | None) -> HttpResponse:
    """After a submission: the next item, at once for the script, else by redirect."""
    receipt = Receipt(done.receipt, done.judgment.submitted_at) if done else None
    following = next_assignment(round_=done_with.round, rater=done_with.rater)
    if not _wants_fragment(request):
        if receipt:
            said = {"at": date_format(timezone.localtime(), "H:i:s"), "code": receipt.receipt}
            messages.success(request, _("Saved %(at)s, receipt %(code)s") % said)
        return redirect(judge_url(done_with.round) + ("" if following else "?nothing=1"))
    if following is not None:
        return _page(request, following, body=answer_so_far(following), receipt=receipt)
    left = nothing_left(round_=done_with.round, rater=done_with.rater)
    return _start(request, done_with.round, done_with.rater, left, receipt=receipt)


def _page(
    request: HttpRequest,
    shown: Assignment,
    *,
    body: dict[str, Any],
    errors: dict[str, list[str]] | None = None,
    stored: dict[str, Any] | None = None,
    receipt: Receipt | None = None,
    status: int = 200,
) -> HttpResponse:
    criteria, item = criteria_of(shown.round.rubric_version), item_of(shown)
    context = page_context(_person(request), shown, raw="raw" in request.GET) | {
        "item": item,
        "form": present_form(criteria, item, body=body, errors=errors),
        "stored": present_form(criteria, item, body=stored) if stored else None,
        "receipt": receipt,
    }
    return _answer(request, PAGE, context, status)


def _start(
    request: HttpRequest,
    round_: Round,
    rater: Rater | None,
    left: NothingLeft | None,
    *,
    receipt: Receipt | None = None,
) -> HttpResponse:
    context = start_context(_person(request), round_) | {
        "left": left,
        "explanation": explained(left) if left else None,
        "receipt": receipt,
        "n_done": own_progress(round_, rater).n_done,
        "work_url": reverse("annotation:work", kwargs={"project": round_.project.slug}),
    }
    return _answer(request, START, context, 200)


def _wants_fragment(request: HttpRequest) -> bool:
    return "X-Concord-Fragment" in request.headers


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], status: int
) -> HttpResponse:
    if not _wants_fragment(request):
        return _marked(request, render(request, template, context, status=status))
    response = render(request, f"{template}#work", context, status=status)
    response["X-Concord-Fragment"] = "1"
    return _marked(request, response)


def _marked(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Who answered for: what a browser kept for one account never goes out as another's."""
    response["X-Concord-User"] = _person(request).public_id
    return response
