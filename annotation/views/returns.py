"""Judgments that a lead gave back: giving one back, and what became of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Action
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import User
from accounts.routes import route
from annotation.access import judgment_to_return, require_unblinded, round_for
from annotation.selectors.batches import newest_first_page
from annotation.selectors.flags import returns_of
from annotation.services.returns import return_judgment


@require_GET
@route(Action.MANAGE_ROUND)
def returns(request: HttpRequest, project: str, round: str) -> HttpResponse:
    shown = round_for(request.user, project, round, Action.MANAGE_ROUND)
    require_unblinded(request.user, shown)
    page = newest_first_page(returns_of(shown), request.GET.get("cursor", ""))
    context = {"project": shown.project, "round": shown, "page": page}
    return render(request, "annotation/rounds/returns.html", context)


@require_POST
@route(Action.MANAGE_ROUND)
def give_back(request: HttpRequest, project: str, judgment: str) -> HttpResponse:
    """Return a judgment with a comment; then to the returns of its round."""
    found = judgment_to_return(request.user, project, judgment)
    try:
        return_judgment(
            judgment=found, comment=request.POST.get("comment", ""), actor=_person(request)
        )
    except (Invalid, Conflict) as refused:
        messages.error(request, refused.detail)
    else:
        messages.success(request, _("Returned. Its rater finds it first among their work."))
    return redirect("annotation:returns", project=project, round=found.round.public_id)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
