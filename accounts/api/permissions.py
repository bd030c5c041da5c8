"""API views declare an action, as pages do."""

from typing import TYPE_CHECKING

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access import Action, may_call

if TYPE_CHECKING:  # rest_framework.views imports this module while it loads
    from rest_framework.views import APIView


class DeclaredAccess(BasePermission):
    """Refuses a view that declares no action, and people whose roles can't include it."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        action: Action | None = getattr(view, "action_required", None)
        if action is None:
            return False
        if action is not Action.PUBLIC and not request.user.is_authenticated:
            return False
        if not may_call(request.user, action):
            raise Http404
        return True
