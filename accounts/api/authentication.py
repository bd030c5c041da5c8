"""Bearer tokens."""

from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.selectors.people import live_token


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`; the token is looked up by its hash (T23)."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = authentication.get_authorization_header(request).decode("latin-1")
        keyword, _space, token = header.partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        found = live_token(token.strip())
        if found is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return self.keyword
