"""The draft editor: fields for people who write no YAML, and the YAML for those who do."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import Action, project_for
from accounts.models import Project
from accounts.routes import route
from rubrics.access import version_for
from rubrics.checks import problems_of
from rubrics.choices import VersionState
from rubrics.editing import Raw, applied, nested, raw_of, readable
from rubrics.errors import DraftMoved, Problem, VersionFixed
from rubrics.form import RubricForm
from rubrics.forms import editor_of
from rubrics.models import RubricVersion
from rubrics.reading import read
from rubrics.selectors import form_of
from rubrics.services.versions import save_draft
from rubrics.views.people import person
from rubrics.yaml_form import dump, examine

AUTOSAVE = "autosave"
INSIST = "insist:"


@dataclass
class Outcome:
    """What a POST did: the fields to show, and why they are not stored, if they are not.

    `revision` is what the page is based on. After a conflict it stays what it was, so that only
    the button that names `stored_revision` can replace what somebody else saved.
    """

    version: RubricVersion
    raw: Raw
    problems: list[Problem]
    is_saved: bool = False
    conflict: str = ""
    revision: int = 0
    stored_revision: int = 0

    @property
    def status(self) -> int:
        return 200 if self.is_saved else 409 if self.conflict else 422


@require_http_methods(["GET", "POST"])
@route(Action.EDIT_RUBRIC)
def edit(request: HttpRequest, project: str, version: str) -> HttpResponse:
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    draft = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    if draft.state != VersionState.DRAFT:
        return redirect("rubrics:version", project=found.slug, version=draft.public_id)
    if request.method == "GET":
        form = form_of(draft)
        outcome = Outcome(draft, raw_of(form), problems_of(form), revision=draft.revision)
        return _page(request, found, outcome, focus="", status=200)
    do = request.POST.get("do", "save")
    raw, focus = applied(nested(request.POST), do)
    outcome = _stored(request, draft, raw)
    if do == AUTOSAVE:
        return _status(request, found, outcome)
    if outcome.is_saved and do in ("publish", "yaml"):
        return _go(request, found, draft, f"rubrics:{do}")
    if outcome.is_saved and not request.headers.get("HX-Request"):
        address = reverse("rubrics:edit", args=[found.slug, draft.public_id])
        return redirect(f"{address}#{_fragment(focus)}" if focus else address)
    return _page(request, found, outcome, focus=focus, status=outcome.status)


@require_http_methods(["GET", "POST"])
@route(Action.EDIT_RUBRIC)
def yaml(request: HttpRequest, project: str, version: str) -> HttpResponse:
    """The draft as text, under the same rules. What is refused stays in the box."""
    found = project_for(request.user, project, Action.EDIT_RUBRIC)
    draft = version_for(request.user, found, version, Action.EDIT_RUBRIC)
    if draft.state != VersionState.DRAFT:
        return redirect("rubrics:version", project=found.slug, version=draft.public_id)
    context: dict[str, Any] = {"project": found, "version": draft, "rubric": draft.rubric}
    if request.method == "GET":
        context |= {"text": dump(form_of(draft)), "revision": draft.revision}
        return render(request, "rubrics/yaml.html", context)
    text = request.POST.get("text", "")
    form, problems = examine(text)
    outcome = Outcome(draft, {}, problems, revision=_revision(request))
    if form is not None and not any(problem.blocks for problem in problems):
        _save(request, outcome, form)
    if outcome.is_saved:
        target = "publish" if request.POST.get("do") == "publish" else "edit"
        return redirect(f"rubrics:{target}", project=found.slug, version=draft.public_id)
    context |= {
        "text": text,
        "revision": outcome.revision,
        "stored_revision": outcome.stored_revision,
        "problems": outcome.problems,
        "conflict": outcome.conflict,
    }
    return render(request, "rubrics/yaml.html", context, status=outcome.status)


def _stored(request: HttpRequest, draft: RubricVersion, raw: Raw) -> Outcome:
    """Read what was typed and store it, unless something in it can't be stored."""
    form, problems = read(readable(raw, draft.rubric.key))
    if problems:
        return Outcome(draft, raw, problems, revision=_revision(request))
    problems = problems_of(form)
    outcome = Outcome(draft, raw_of(form), problems, revision=_revision(request))
    if not any(problem.blocks for problem in problems):
        _save(request, outcome, form)
    return outcome


def _save(request: HttpRequest, outcome: Outcome, form: RubricForm) -> None:
    try:
        saved = save_draft(
            version=outcome.version,
            form=form,
            expected_revision=outcome.revision,
            actor=person(request),
        )
    except DraftMoved as error:
        outcome.conflict = error.detail
        outcome.stored_revision = error.revision
    except VersionFixed as error:
        problem = Problem(("key",) if error.fields else (), error.detail, blocks=True)
        outcome.problems = [*outcome.problems, problem]
    else:
        outcome.is_saved = True
        outcome.version = saved
        outcome.revision = saved.revision


def _page(
    request: HttpRequest, project: Project, outcome: Outcome, *, focus: str, status: int
) -> HttpResponse:
    is_htmx = bool(request.headers.get("HX-Request"))
    context = _context(project, outcome) | {
        "editor": editor_of(
            outcome.raw, outcome.problems, refresh=_refresh(project, outcome), focus=focus
        ),
        "focus": focus,
        "tried": request.method == "POST",
    }
    template = "rubrics/edit.html#editor" if is_htmx else "rubrics/edit.html"
    # htmx swaps 422 and leaves other errors out.
    return render(request, template, context, status=422 if is_htmx and status > 400 else status)


def _status(request: HttpRequest, project: Project, outcome: Outcome) -> HttpResponse:
    context = _context(project, outcome) | {"tried": True}
    return render(request, "rubrics/edit.html#saved", context)


def _context(project: Project, outcome: Outcome) -> dict[str, Any]:
    return {
        "project": project,
        "version": outcome.version,
        "rubric": outcome.version.rubric,
        "revision": outcome.revision,
        "stored_revision": outcome.stored_revision,
        "is_saved": outcome.is_saved,
        "conflict": outcome.conflict,
        "blocking": [problem for problem in outcome.problems if problem.blocks],
        "problems": [_with_field(problem) for problem in outcome.problems],
    }


def _with_field(problem: Problem) -> dict[str, str]:
    """A problem and the id of the field to jump to."""
    parts = [str(part) for part in problem.path]
    if problem.path[:1] != ("criteria",) or len(parts) < 3:
        target = f"id_{parts[0]}" if parts[:1] in (["title"], ["guidelines"]) else "main"
    elif parts[2] in ("show_if", "options") or (parts[2] == "anchors" and len(parts) < 5):
        target = f"criterion-{parts[1]}"
    else:
        target = "id_" + "-".join(parts[:5])
    return {"text": str(replace(problem, line=None)), "target": target}


def _refresh(project: Project, outcome: Outcome) -> dict[str, str]:
    address = reverse("rubrics:edit", args=[project.slug, outcome.version.public_id])
    return {
        "hx-post": address,
        "hx-trigger": "change",
        "hx-vals": '{"do": "refresh"}',
        "hx-include": "closest form",
        "hx-target": "#editor",
    }


def _go(request: HttpRequest, project: Project, draft: RubricVersion, name: str) -> HttpResponse:
    address = reverse(name, args=[project.slug, draft.public_id])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _fragment(focus: str) -> str:
    """The criterion in which the keyboard was."""
    places = [part for part in focus.split(":") if part.isdigit()]
    return f"criterion-{places[0]}" if places else "main"


def _revision(request: HttpRequest) -> int:
    do = request.POST.get("do", "")
    text = do.removeprefix(INSIST) if do.startswith(INSIST) else request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
