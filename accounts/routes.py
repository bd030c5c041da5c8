"""Every route says what it is for; a route that doesn't is a failing test (T14)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from accounts.access import Action, may_call
from accounts.errors import NotFound

View = Callable[..., HttpResponseBase]


def route(action: Action) -> Callable[[View], View]:
    """Declare a page's action. People without any matching role get the answer of nothing there.

    The object itself is found by the app's access.py, which asks for the role in its project.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if action is not Action.PUBLIC and not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may_call(request.user, action):
                raise NotFound
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]  # read by the access tests
        return guarded

    return declare
