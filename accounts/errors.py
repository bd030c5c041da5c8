"""Errors of the domain. Each names what to do next; views and the API turn them into answers."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _


class ConcordError(Exception):
    """Base of every error that a user may see.

    `code` is stable and machine-readable, `detail` a sentence, `fields` messages by field.
    """

    status = 400
    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = {name: list(messages) for name, messages in (fields or {}).items()}
        self.code = code or type(self).code


class NotFound(ConcordError):
    """Unknown and forbidden are one answer, so that neither tells of the other (T04)."""

    status = 404
    code = "not_found"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or _("Nothing is here, or it is not yours to see."))


class Invalid(ConcordError):
    """What was sent can't be accepted; `fields` says why."""

    status = 422


class Conflict(ConcordError):
    """The state has moved on since the sender last looked."""

    status = 409
    code = "conflict"


class InvitationUnusable(ConcordError):
    status = 410
    code = "invitation_unusable"
