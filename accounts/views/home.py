"""The first page, a project's overview, and what a running job says."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import Action, job_for, projects_of, roles_in
from accounts.choices import JobState, Role
from accounts.forms import ProjectForm
from accounts.models import Project, User
from accounts.routes import route
from accounts.services.jobs import retry_job
from accounts.services.projects import create_project
from accounts.tasks import send_job


@dataclass(frozen=True)
class ProjectRoles:
    project: Project
    roles: list[Role]


@require_GET
@route(Action.PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """What to do next, by role; one project opens by itself."""
    if not isinstance(request.user, User):
        return redirect("account_login")
    projects = list(projects_of(request.user).order_by("name"))
    if len(projects) == 1 and not request.user.is_superuser:
        return redirect("project", project=projects[0].slug)
    listed = [ProjectRoles(p, _ordered(roles_in(request.user, p))) for p in projects]
    return render(request, "accounts/home.html", {"listed": listed})


@require_http_methods(["GET", "POST"])
@route(Action.CREATE_PROJECT)
def new_project(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        made = create_project(**form.cleaned_data, created_by=request.user)
        messages.success(request, _("The project is there. Invite people next."))
        return redirect("project", project=made.slug)
    return render(
        request, "accounts/new_project.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@route(Action.SIGNED_IN)
def job(request: HttpRequest, job: str) -> HttpResponse:
    """Progress of one job; the page asks again while it runs. POST offers a failed one again."""
    found = job_for(request.user, job)
    if request.method == "POST" and found.state == JobState.FAILED:
        send_job(retry_job(job=found))
        return redirect("job", job=found.public_id)
    template = (
        "accounts/job.html#progress" if request.headers.get("HX-Request") else "accounts/job.html"
    )
    return render(request, template, {"job": found})


@require_GET
@route(Action.PUBLIC)
def health(request: HttpRequest) -> JsonResponse:
    """200 while this process can reach its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def _ordered(roles: frozenset[Role]) -> list[Role]:
    return [role for role in Role if role in roles]
