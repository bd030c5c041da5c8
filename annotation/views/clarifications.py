"""What a lead tells everybody in a round: preview, publish, see who has read it, withdraw."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Action
from accounts.errors import NotFound
from accounts.models import User
from accounts.routes import route
from annotation.access import clarification_for, is_rating, round_for
from annotation.choices import RoundState
from annotation.forms.talk import ClarificationForm
from annotation.models import Round
from annotation.rendering import PresentedText
from annotation.selectors.flags import broadcasts_of
from annotation.services.clarifications import publish_clarification, withdraw_clarification


@require_http_methods(["GET", "POST"])
@route(Action.MANAGE_ROUND)
def clarifications(request: HttpRequest, project: str, round: str) -> HttpResponse:
    """The round's clarifications and a form; `do=publish` publishes what the preview shows."""
    shown = round_for(request.user, project, round, Action.MANAGE_ROUND)
    form = ClarificationForm(request.POST or None, round_=shown)
    preview = None
    if form.is_valid():
        if request.POST.get("do") == "publish":
            publish_clarification(
                round_=shown,
                text=form.cleaned_data["text"],
                criterion_key=form.cleaned_data["criterion"],
                author=_person(request),
            )
            messages.success(request, _("Everybody in the round reads it before the next item."))
            return _back(shown)
        preview = PresentedText(form.cleaned_data["text"])
    return _page(request, shown, form, preview)


def _page(
    request: HttpRequest, shown: Round, form: ClarificationForm, preview: PresentedText | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "project": shown.project,
        "round": shown,
        "form": form,
        "preview": preview,
        "broadcasts": [
            {"told": each, "text": PresentedText(each.clarification.text)}
            for each in broadcasts_of(shown)
        ],
        "questions": dict(form.fields["criterion"].choices),  # type: ignore[attr-defined]  # a ChoiceField
        "is_closed": shown.state == RoundState.CLOSED,
        # Who judges here sees no figures of the others' work while it runs (T13).
        "is_blinded": is_rating(request.user, shown),
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/rounds/clarifications.html", context, status=status)


@require_POST
@route(Action.MANAGE_ROUND)
def withdraw(request: HttpRequest, project: str, clarification: str) -> HttpResponse:
    found = clarification_for(request.user, project, clarification, Action.MANAGE_ROUND)
    withdraw_clarification(clarification=found, actor=_person(request))
    messages.success(request, _("Withdrawn: nobody is shown it any more."))
    return _back(found.round)


def _back(shown: Round) -> HttpResponse:
    return redirect("annotation:clarifications", project=shown.project.slug, round=shown.public_id)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
