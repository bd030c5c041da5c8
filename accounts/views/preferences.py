"""What a person sets for themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Action
from accounts.forms import PreferencesForm
from accounts.models import User
from accounts.routes import route
from accounts.services.preferences import save_preferences


@require_http_methods(["GET", "POST"])
@route(Action.SIGNED_IN)
def preferences(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = PreferencesForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        save_preferences(user=request.user, changes=form.changes())
        messages.success(request, _("Saved. It holds from the next page on."))
        return redirect("preferences")
    status = 422 if form.errors else 200
    return render(request, "accounts/preferences.html", {"form": form}, status=status)
