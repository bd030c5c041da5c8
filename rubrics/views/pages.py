"""Lists, a rubric's versions, and what is done to a version as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import Action, allows, project_for
from accounts.errors import Invalid
from accounts.models import Project
from accounts.routes import route
from rubrics.access import rubric_for, version_for
from rubrics.checks import problems_of
from rubrics.diff import changes_between
from rubrics.errors import DraftExists, DraftMoved, KeyTaken, RubricRefused
from rubrics.form import RubricForm
from rubrics.forms import NewRubricForm, UploadForm
from rubrics.library import library, template_named
from rubrics.lint import findings_of
from rubrics.selectors import draft_of, form_of, previous_of, rubrics_of, versions_of
from rubrics.services.versions import (
    create_rubric,
    discard_draft,
    new_draft_from,
    publish_version,
    retire_version,
)
from rubrics.views.people import person
from rubrics.yaml_form import MAX_BYTES, dump, parse


@require_GET
@route(Action.VIEW_RUBRIC)
def rubrics(request: HttpRequest, project: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_RUBRIC)
    context = {
        "project": found,
        "rows": rubrics_of(found),
        "library": library(),
        "may_edit": allows(request.user, Action.EDIT_RUBRIC, found),
    }
    return render(request, "rubrics/rubrics.html", context)


@require_http_methods(["GET", "POST"])
@route(Action.EDIT_RUBRIC)
def new(request: HttpRequest, project: str) -> HttpResponse:
    """A draft from nothing, or with `?template=NAME` from the library."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    name = request.GET.get("template", "")
    template = template_named(name) if name else None
    start = template.form if template else RubricForm(key="", title="")
    form = NewRubricForm(request.POST or None, initial={"title": start.title, "key": start.key})
    if request.method == "POST" and form.is_valid():
        written = RubricForm(
            key=form.cleaned_data["key"],
            title=form.cleaned_data["title"],
            guidelines=start.guidelines,
            criteria=start.criteria,
        )
        try:
            version = create_rubric(project=found, form=written, actor=person(request))
        except (KeyTaken, Invalid) as error:
            _show(form, error)
        else:
            return redirect("rubrics:edit", project=found.slug, version=version.public_id)
    context = {"project": found, "form": form, "template": template, "upload": UploadForm()}
    return render(request, "rubrics/new.html", context, status=422 if form.errors else 200)


@require_POST
@route(Action.EDIT_RUBRIC)
def upload(request: HttpRequest, project: str) -> HttpResponse:
    """A draft from a YAML file. What is wrong with the file is shown with its lines."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    form = UploadForm(request.POST, request.FILES)
    problems: list[str] = []
    if form.is_valid():
        try:
            written = parse(form.cleaned_data["file"].read(MAX_BYTES + 1))
            version = create_rubric(project=found, form=written, actor=person(request))
        except RubricRefused as error:
            problems = [str(problem) for problem in error.problems]
        except KeyTaken as error:
            problems = [error.detail]
        else:
            messages.success(request, _("The draft is there. Look it over, then publish it."))
            return redirect("rubrics:edit", project=found.slug, version=version.public_id)
    context = {"project": found, "form": NewRubricForm(), "upload": form, "problems": problems}
    return render(request, "rubrics/new.html", context, status=422)


@require_GET
@route(Action.VIEW_RUBRIC)
def rubric(request: HttpRequest, project: str, rubric: str) -> HttpResponse:
    found = project_for(request.user, project, Action.VIEW_RUBRIC)
    line = rubric_for(request.user, found, rubric)
    versions = list(versions_of(line))
    context = {
        "project": found,
        "rubric": line,
        "versions": versions,
        "draft": draft_of(line),
        "may_edit": allows(request.user, Action.EDIT_RUBRIC, found),
    }
    return render(request, "rubrics/rubric.html", context)


@require_GET
@route(Action.VIEW_RUBRIC)
def version(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """The version as it stands, to read and to print."""
    found = project_for(request.user, project, Action.VIEW_RUBRIC)
    shown = version_for(request.user, found, version)
    context = _page(request, found, shown) | {"form": form_of(shown)}
    return render(request, "rubrics/version.html", context)


@require_GET
@route(Action.VIEW_RUBRIC)
def download(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """The version as a YAML file."""
    found = project_for(request.user, project, Action.VIEW_RUBRIC)
    shown = version_for(request.user, found, version)
    response = HttpResponse(dump(form_of(shown)), content_type="application/yaml; charset=utf-8")
    name = f"{shown.rubric.key}-{shown.number}.yaml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@route(Action.EDIT_RUBRIC)
def draft(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """Start a draft from this version, or open the one there is."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    base = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    try:
        started = new_draft_from(version=base, actor=person(request))
    except DraftExists:
        existing = draft_of(base.rubric)
        if existing is None:
            raise
        started = existing
        messages.info(request, _("This rubric has a draft already. Here it is."))
    return redirect("rubrics:edit", project=found.slug, version=started.public_id)


@require_http_methods(["GET", "POST"])
@route(Action.EDIT_RUBRIC)
def publish(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """Shows what will be frozen; the POST freezes exactly the revision that was shown."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    draft = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    moved = ""
    if request.method == "POST":
        try:
            publish_version(
                version=draft,
                actor=person(request),
                expected_revision=_revision(request),
            )
        except DraftMoved as error:
            moved = error.detail
            draft.refresh_from_db()
        else:
            messages.success(request, _("Published. Rounds can use this version now."))
            return redirect("rubrics:version", project=found.slug, version=draft.public_id)
    form = form_of(draft)
    previous = previous_of(draft)
    context = _page(request, found, draft) | {
        "form": form,
        "problems": problems_of(form),
        "moved": moved,
        "findings": findings_of(form),
        "previous": previous,
        "changes": changes_between(form_of(previous), form) if previous else [],
    }
    return render(request, "rubrics/publish.html", context, status=409 if moved else 200)


@require_POST
@route(Action.EDIT_RUBRIC)
def retire(request: HttpRequest, project: str, version: str) -> HttpResponse:
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    shown = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    retire_version(version=shown, actor=person(request))
    messages.success(request, _("Retired. No further round can use this version."))
    return redirect("rubrics:version", project=found.slug, version=shown.public_id)


@require_POST
@route(Action.EDIT_RUBRIC)
def discard(request: HttpRequest, project: str, version: str) -> HttpResponse:
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    shown = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    kept = discard_draft(version=shown, expected_revision=_revision(request), actor=person(request))
    messages.success(request, _("The draft is gone."))
    if kept is None:
        return redirect("rubrics:rubrics", project=found.slug)
    return redirect("rubrics:rubric", project=found.slug, rubric=kept.public_id)


def _page(request: HttpRequest, project: Project, shown: Any) -> dict[str, Any]:
    return {
        "project": project,
        "version": shown,
        "rubric": shown.rubric,
        "may_edit": allows(request.user, Action.EDIT_RUBRIC, project),
    }


def _revision(request: HttpRequest) -> int:
    """The revision that the page showed; 0, which is never stored, when it does not say."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _show(form: NewRubricForm, error: KeyTaken | Invalid) -> None:
    for field, texts in (error.fields or {"": [error.detail]}).items():
        for text in texts:
            form.add_error(field if field in form.fields else None, text)
