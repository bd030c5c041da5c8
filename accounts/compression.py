"""Pages are sent compressed.

Django pads a compressed answer with random bytes and masks the CSRF token anew each time, so
that lengths tell nothing about what stands beside a text that somebody chose (BREACH). Files are
left alone: they are compressed already, or asked for in ranges.
"""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

PAGES = "text/html"


class CompressPagesMiddleware(GZipMiddleware):
    """gzip for pages and fragments, nothing else."""

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(PAGES):
            return response  # type: ignore[no-any-return]  # the base class takes either kind
        return super().process_response(request, response)
