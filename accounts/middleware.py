"""What holds for every answer."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from accounts.errors import ConcordError, NotFound
from accounts.preferences import language_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonLanguageMiddleware:
    """What a person chose comes before what their browser asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request.user)
        if language is not None:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


class PrivateResponseMiddleware:
    """Signed-in answers are kept by no cache and no Back button (T11)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        if "X-Concord-Fragment" in request.headers and request.user.is_authenticated:
            # What a browser kept for one account never goes out as another's.
            response["X-Concord-User"] = request.user.public_id
        return response


class DomainErrorMiddleware:
    """Turns an error of the domain into a page that says what to do next."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotFound):
            raise Http404 from error
        if isinstance(error, ConcordError):
            return render(request, "error.html", {"error": error}, status=error.status)
        return None
