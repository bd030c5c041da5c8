"""The keys of the labeling page, as a person wants them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Action
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import User
from accounts.routes import route
from annotation.services.keys import change_key, reset_key, reset_keys, switch_keys

PAGE = "annotation/keys.html"


@require_http_methods(["GET", "POST"])
@route(Action.SIGNED_IN)
def keys(request: HttpRequest) -> HttpResponse:
    """POST do=set gives `command` the `key`, do=reset takes one change back, do=reset_all all."""
    if request.method == "GET":
        return render(request, PAGE, {"problems": {}})
    try:
        _change(_person(request), request.POST.dict())
    except (Invalid, Conflict) as refused:
        context = {"problems": refused.fields, "asked": request.POST.get("key", "")}
        return render(request, PAGE, context, status=refused.status)
    messages.success(request, _("Saved. It holds from the next page on."))
    return redirect("keys")


def _change(user: User, sent: dict[str, str]) -> None:
    command = sent.get("command", "")
    match sent.get("do"):
        case "set":
            change_key(user=user, command=command, key=sent.get("key", ""))
        case "reset":
            reset_key(user=user, command=command)
        case "reset_all":
            reset_keys(user=user)
        case _:
            raise NotFound


@require_POST
@route(Action.SIGNED_IN)
def switch(request: HttpRequest) -> HttpResponse:
    """What the box in the help dialog says, for every device."""
    switch_keys(user=_person(request), is_on=request.POST.get("on") == "1")
    return HttpResponse(status=204)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
