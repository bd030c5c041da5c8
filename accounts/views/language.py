"""The language of the interface, chosen with or without an account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import User
from accounts.preferences import LANGUAGE
from accounts.routes import route
from accounts.services.preferences import save_preferences


@require_POST
@route(Action.PUBLIC)
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language with the account, and in this browser for pages before sign-in."""
    response = redirect(_same_site(request, request.POST.get("next", "")))
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        save_preferences(user=request.user, changes={LANGUAGE: language})
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _same_site(request: HttpRequest, address: str) -> str:
    """The address on this site to go back to (T21)."""
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else "/"
