"""Answers where no view answered: pages for people, problem details for the API."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)
DETAILS = {
    400: _("The request can't be read."),
    403: _("The request was refused."),
    404: _("Nothing is here, or it is not yours to see."),
    413: _("The upload is larger than this installation accepts. Split it into several files."),
    500: _("Something went wrong here."),
    503: _("The service is busy or restarting. Try again in a moment."),
}


def _answer(request: HttpRequest, status: int, reference: str = "") -> HttpResponse:
    detail = str(DETAILS[status])
    if reference:
        detail = _("%(detail)s Reference %(reference)s.") % {
            "detail": detail,
            "reference": reference,
        }
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": HTTPStatus(status).name.lower(),
            "detail": detail,
        }
        return JsonResponse(body, status=status, content_type="application/problem+json")
    # Without the request: an error page needs no session, no user and no database.
    text = loader.render_to_string(f"{status}.html", {"reference": reference})
    return HttpResponse(text, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, uuid4().hex[:12])


class DatabaseDownMiddleware:
    """A database that does not answer is 503 and a time to come back, never a 500 (T43)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        reference = uuid4().hex[:12]
        logger.error("database did not answer, reference %s", reference, exc_info=error)
        response = _answer(request, 503, reference)
        response["Retry-After"] = "2"
        return response
