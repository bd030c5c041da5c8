"""One shape for every API error: RFC 9457 problem details."""

import logging
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.errors import ConcordError, NotFound

logger = logging.getLogger(__name__)


def problem(
    status: int, code: str, detail: str, fields: dict[str, list[str]] | None = None
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if fields:
        body["fields"] = fields
    return Response(body, status=status, content_type="application/problem+json")


def problem_details(error: Exception, context: dict[str, Any]) -> Response:
    """Any exception as an answer that tells no secret and no stack (T12)."""
    if isinstance(error, ConcordError):
        return problem(error.status, error.code, error.detail, error.fields)
    if isinstance(error, Http404 | PermissionDenied):
        return problem(404, NotFound.code, NotFound().detail)
    if isinstance(error, exceptions.ValidationError):
        return problem(422, "invalid", _("Some fields can't be accepted."), _fields(error.detail))
    if isinstance(error, exceptions.APIException):
        answer = problem(error.status_code, _code(error), str(error.detail))
        wait = getattr(error, "wait", None)
        if wait:
            answer["Retry-After"] = str(int(wait))
        challenge = getattr(error, "auth_header", None)
        if challenge:
            answer["WWW-Authenticate"] = challenge
        return answer
    reference = uuid4().hex[:12]
    logger.error("API error %s", reference, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        answer = problem(
            503,
            "unavailable",
            _("Try again in a moment. Reference %(reference)s.") % {"reference": reference},
        )
        answer["Retry-After"] = "2"
        return answer
    return problem(
        500,
        "internal",
        _("Something went wrong here. Reference %(reference)s.") % {"reference": reference},
    )


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _fields(detail: Any) -> dict[str, list[str]]:
    if isinstance(detail, dict):
        return {
            str(k): [str(v) for v in (vs if isinstance(vs, list) else [vs])]
            for k, vs in detail.items()
        }
    return {"": [str(v) for v in detail]}
