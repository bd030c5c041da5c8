"""Answers of the labeling page: whole pages, the same as fragments for its script, receipts."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from annotation.models import Assignment, Rater, Round
from annotation.presented_form import present_form
from annotation.selectors.labeling import (
    answer_so_far,
    criteria_of,
    own_progress,
)
from annotation.selectors.talk import Talk, notices_stamp, talk_with
from annotation.selectors.work import NothingLeft
from annotation.services.judgments import Submission
from annotation.views.judge_page import (
    Receipt,
    assignment_url,
    explained,
    item_of,
    judge_url,
    page_context,
    progress_context,
    start_context,
)
from annotation.views.told import clarification_context, must_read, talk_context

PAGE = "annotation/judge/page.html"
START = "annotation/judge/start.html"
CLARIFICATION = "annotation/judge/clarification.html"
FORM = "annotation/judge/_judgment_form.html"
PROGRESS = "annotation/judge/_progress.html"


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def wants_fragment(request: HttpRequest) -> bool:
    return "X-Concord-Fragment" in request.headers


def judge_page(
    request: HttpRequest,
    shown: Assignment,
    *,
    body: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
    stored: dict[str, Any] | None = None,
    receipt: Receipt | None = None,
    status: int = 200,
) -> HttpResponse:
    """An item with its form; `body` None: the answer as it stands."""
    talk = talk_with(shown.round, shown.rater)
    if status == 200 and must_read(talk, shown):
        return _clarification(request, shown, talk, receipt=receipt)
    criteria, item = criteria_of(shown.round.rubric_version), item_of(shown)
    so_far = answer_so_far(shown)
    body = so_far.body if body is None else body
    context = page_context(person(request), shown, so_far, raw="raw" in request.GET) | {
        "item": item,
        "form": present_form(criteria, item, body=body, errors=errors),
        "stored": present_form(criteria, item, body=stored) if stored else None,
        "receipt": receipt,
        "stamp": talk.stamp,
        **talk_context(talk, shown),
    }
    return _answer(request, PAGE, context, status)


def _clarification(
    request: HttpRequest, shown: Assignment, talk: Talk, *, receipt: Receipt | None
) -> HttpResponse:
    """What the lead told everybody, before the item."""
    context = clarification_context(talk, shown) | {
        "submit_url": assignment_url(shown.round, shown.public_id),
        "judge_url": judge_url(shown.round),
        "stamp": talk.stamp,
        "receipt": receipt,
    }
    return _answer(request, CLARIFICATION, context, 200)


def start_page(
    request: HttpRequest,
    round_: Round,
    rater: Rater | None,
    left: NothingLeft | None,
    *,
    receipt: Receipt | None = None,
) -> HttpResponse:
    context = start_context(round_, rater) | {
        "left": left,
        "explanation": explained(left) if left else None,
        "receipt": receipt,
        "is_back": "nothing" in request.GET and left is None,
        "n_done": own_progress(round_, rater).n_done,
        "work_url": reverse("annotation:work", kwargs={"project": round_.project.slug}),
    }
    return _answer(request, START, context, 200)


def receipt_answer(
    request: HttpRequest, done_with: Assignment, done: Submission | None
) -> HttpResponse:
    """For a page that shows its next item already. `done` None: the item was given back."""
    progress = render_to_string(PROGRESS, progress_context(done_with), request=request)
    answer: dict[str, Any] = {
        "progress": progress,
        "stamp": notices_stamp(done_with.round, done_with.rater),
    }
    if done is not None:
        answer |= {"receipt": done.receipt, "saved_at": done.judgment.submitted_at}
    return JsonResponse(answer)


def form_of(request: HttpRequest, shown: Assignment, body: dict[str, Any]) -> str:
    """The questions with `body` in them, for a page to take answers from."""
    item = item_of(shown)
    form = present_form(criteria_of(shown.round.rubric_version), item, body=body)
    return render_to_string(FORM, {"form": form, "item": item}, request=request)


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], status: int
) -> HttpResponse:
    if not wants_fragment(request):
        return render(request, template, context, status=status)
    response = render(request, f"{template}#work", context, status=status)
    response["X-Concord-Fragment"] = "1"
    return response
