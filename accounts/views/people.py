"""Members, invitations and a person's own tokens."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import (
    Action,
    grantable_by,
    invitation_for,
    membership_for,
    project_for,
    roles_in,
    token_for,
)
from accounts.choices import Role
from accounts.errors import Invalid
from accounts.forms import AcceptForm, InvitationForm, TokenForm
from accounts.models import Invitation, User
from accounts.routes import route
from accounts.selectors.people import live_tokens, members_of, open_invitations, user_with_email
from accounts.services.invitations import (
    accept_invitation,
    invite,
    revoke_invitation,
    usable_invitation,
)
from accounts.services.projects import withdraw_role
from accounts.services.tokens import issue_token, revoke_token


@require_http_methods(["GET", "POST"])
@route(Action.MANAGE_MEMBERS)
def members(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.MANAGE_MEMBERS)
    roles = roles_in(request.user, found)
    form = InvitationForm(request.POST or None, roles=roles)
    link = ""
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        try:
            invitation, token = invite(
                project=found,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                vendor=form.cleaned_data["vendor"],
                invited_by=request.user,
            )
        except Invalid as error:
            _show(form, error)
        else:
            link = settings.BASE_URL + reverse("accept-invitation", kwargs={"invitation": token})
            _mail(invitation, link)
            form = InvitationForm(roles=roles)
    context = {
        "project": found,
        "form": form,
        "link": link,
        "members": members_of(found),
        "grantable": grantable_by(roles),
        "invitations": open_invitations(found),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/members.html", context, status=status)


@require_POST
@route(Action.MANAGE_MEMBERS)
def withdraw(request: HttpRequest, project: str, user: str, role: str) -> HttpResponse:
    found = project_for(request.user, project, Action.MANAGE_MEMBERS)
    membership = membership_for(request.user, found, user, role)
    if isinstance(request.user, User):
        withdraw_role(membership=membership, withdrawn_by=request.user)
        messages.success(request, _("The role was taken away. It took effect at once."))
    return redirect("members", project=found.slug)


@require_POST
@route(Action.MANAGE_MEMBERS)
def revoke(request: HttpRequest, project: str, invitation: str) -> HttpResponse:
    found = project_for(request.user, project, Action.MANAGE_MEMBERS)
    target = invitation_for(request.user, found, invitation)
    if isinstance(request.user, User):
        revoke_invitation(invitation=target, revoked_by=request.user)
        messages.success(request, _("The invitation no longer works."))
    return redirect("members", project=found.slug)


@require_http_methods(["GET", "POST"])
@route(Action.PUBLIC)
def accept(request: HttpRequest, invitation: str) -> HttpResponse:
    """Opening the link only shows it; accepting is a POST (T17)."""
    offered = usable_invitation(invitation)
    existing = user_with_email(offered.email)
    if existing is not None and request.user != existing:
        return render(request, "accounts/accept.html", {"offered": offered, "sign_in_first": True})
    form = AcceptForm(request.POST or None) if existing is None else None
    if request.method == "POST" and (form is None or form.is_valid()):
        answers = form.cleaned_data if form else {}
        try:
            user = accept_invitation(token=invitation, **answers)
        except Invalid as error:
            _show(form, error)
        else:
            if existing is None:
                login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect("project", project=offered.project.slug)
    status = 422 if form is not None and form.errors else 200
    return render(
        request, "accounts/accept.html", {"offered": offered, "form": form}, status=status
    )


@require_http_methods(["GET", "POST"])
@route(Action.SIGNED_IN)
def tokens(request: HttpRequest) -> HttpResponse:
    """A person's API tokens. A new one's text is shown in this one answer and nowhere else."""
    form = TokenForm(request.POST or None)
    shown_once = ""
    if not isinstance(request.user, User):
        return redirect("account_login")
    if request.method == "POST" and form.is_valid():
        shown_once = issue_token(user=request.user, name=form.cleaned_data["name"])
        form = TokenForm()
    context = {"form": form, "shown_once": shown_once, "tokens": live_tokens(request.user)}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@route(Action.SIGNED_IN)
def end_token(request: HttpRequest, token: str) -> HttpResponse:
    found = token_for(request.user, token)
    revoke_token(token=found, revoked_by=found.user)
    messages.success(request, _("The token no longer works."))
    return redirect("tokens")


def _mail(invitation: Invitation, link: str) -> None:
    text = render_to_string("accounts/invitation.txt", {"invitation": invitation, "link": link})
    send_mail(_("You are invited to Concord"), text, None, [invitation.email])


def _show(form: InvitationForm | AcceptForm | None, error: Invalid) -> None:
    if form is None:
        raise error
    for field, texts in (error.fields or {"": [error.detail]}).items():
        for text in texts:
            form.add_error(field or None, text)
