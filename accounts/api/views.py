"""Base of every API view: a declared action, and POST that may be sent twice."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Action
from accounts.errors import ConcordError
from accounts.models import User
from accounts.services.idempotency import RequestIdentity, answer_once

PAGING = frozenset({"cursor", "page_size"})


class UnknownParameter(ConcordError):
    code = "unknown_parameter"


Handler = Callable[..., Response]


def _idempotent(handler: Handler) -> Handler:
    @wraps(handler)
    def answer(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key or not isinstance(request.user, User):
            return handler(view, request, *args, **kwargs)
        identity = RequestIdentity(
            user=request.user,
            key=key,
            method=request.method or "",
            path=request.path,
            body_hash=hashlib.sha256(request.body).hexdigest(),
        )

        def carry_out() -> tuple[int, Any]:
            response = handler(view, request, *args, **kwargs)
            return response.status_code, response.data

        status, data = answer_once(identity=identity, carry_out=carry_out)
        return Response(data, status=status)

    return answer


class ApiView(APIView):
    """Subclasses set `action_required`. `post` honours Idempotency-Key (T45, T46).

    `query_parameters` names what a query string may hold; anything else is refused, so that
    no filter reaches a field that nobody meant to open (T05).
    """

    action_required: ClassVar[Action]
    query_parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.query_parameters | PAGING
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise UnknownParameter(
                f"Unknown parameter {unknown[0]!r}. Known here: {', '.join(sorted(known))}."
            )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "post" in cls.__dict__:
            cls.post = _idempotent(cls.__dict__["post"])  # type: ignore[attr-defined]  # DRF dispatches by name
