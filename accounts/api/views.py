"""Base of every API view: a declared action, and POST that may be sent twice."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Action
from accounts.models import User
from accounts.services.idempotency import RequestIdentity, answer_once

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
    """Subclasses set `action_required`. `post` honours Idempotency-Key (T45, T46)."""

    action_required: ClassVar[Action]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "post" in cls.__dict__:
            cls.post = _idempotent(cls.__dict__["post"])  # type: ignore[attr-defined]  # DRF dispatches by name
