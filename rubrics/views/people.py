"""The person behind a request."""

from django.http import HttpRequest

from accounts.errors import NotFound
from accounts.models import User


def person(request: HttpRequest) -> User:
    """The signed-in user. The route was guarded, so anybody else is nobody."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user
