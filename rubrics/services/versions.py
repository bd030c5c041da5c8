"""Drafts and published versions: the only place that writes them."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from accounts.models import Project, User
from accounts.services.audit import record
from rubrics.checks import problems_of
from rubrics.choices import VersionState
from rubrics.errors import (
    DraftExists,
    DraftMoved,
    KeyTaken,
    RubricRefused,
    VersionFixed,
)
from rubrics.form import RubricForm, to_data
from rubrics.models import Rubric, RubricVersion
from rubrics.stored import form_of_rows, write_rows


@transaction.atomic
def create_rubric(*, project: Project, form: RubricForm, actor: User | None) -> RubricVersion:
    """A new rubric with a first draft. Raises KeyTaken when the project has its key already."""
    _refuse_unstorable(form)
    try:
        with transaction.atomic():
            rubric = Rubric.objects.create(project=project, key=form.key, title=form.title)
    except IntegrityError as error:
        raise KeyTaken(
            _("This project has a rubric with the key “%(key)s”. Choose another key.")
            % {"key": form.key},
            fields={"key": [_("This key is taken.")]},
        ) from error
    return _new_draft(rubric, form, actor)


@transaction.atomic
def load_rubric(
    *,
    project: Project,
    form: RubricForm,
    actor: User | None,
    publish: bool = False,
    replace_draft: bool = False,
) -> RubricVersion:
    """The version of `form`: the latest one when its content is the same, else the next.

    A draft is taken over when `actor` saved it last or `replace_draft` says so; otherwise a
    different draft raises DraftExists, so that nobody's writing is lost.
    """
    _refuse_unstorable(form)
    if publish:
        _refuse_unfinished(form)
    rubric, _made = Rubric.objects.select_for_update().get_or_create(
        project=project, key=form.key, defaults={"title": form.title}
    )
    latest = rubric.versions.order_by("-number").first()
    if latest is None:
        version = _new_draft(rubric, form, actor)
    elif _same(latest, form) and latest.state != VersionState.RETIRED:
        version = latest
    elif latest.state == VersionState.DRAFT:
        if latest.updated_by_id != (actor.pk if actor else None) and not replace_draft:
            raise DraftExists(_draft_exists(latest))
        version = _store(latest, form, actor)
    else:
        version = _new_draft(rubric, form, actor)
    return publish_version(version=version, actor=actor) if publish else version


@transaction.atomic
def save_draft(
    *, version: RubricVersion, form: RubricForm, expected_revision: int, actor: User | None
) -> RubricVersion:
    """Store the draft's next revision; the same content again is no new revision.

    Raises DraftMoved when somebody saved since `expected_revision`, VersionFixed when it is a
    draft no more, RubricRefused when it can't be stored (a key or a value used twice).
    """
    _refuse_unstorable(form)
    locked = _locked(version)
    if locked.state != VersionState.DRAFT:
        raise VersionFixed(
            _("Version %(n)d was published. Start a new draft from it.") % {"n": locked.number}
        )
    if form.key != locked.rubric.key:
        raise VersionFixed(
            _("The key of a rubric stays “%(key)s”.") % {"key": locked.rubric.key},
            fields={"key": [_("The key of a rubric never changes.")]},
        )
    if _same(locked, form):
        return locked
    if locked.revision != expected_revision:
        raise DraftMoved(_moved(locked), revision=locked.revision)
    return _store(locked, form, actor)


@transaction.atomic
def publish_version(
    *, version: RubricVersion, actor: User | None, expected_revision: int | None = None
) -> RubricVersion:
    """Freeze the draft under the hash of its content. A published version is returned as it is.

    Raises RubricRefused with every problem of an unfinished draft, DraftMoved when it was saved
    since `expected_revision`, so that nobody publishes what they have not seen.
    """
    locked = _locked(version)
    if locked.state == VersionState.PUBLISHED:
        return locked
    if locked.state == VersionState.RETIRED:
        raise VersionFixed(_("This version is retired. Start a new draft from it."))
    if expected_revision is not None and locked.revision != expected_revision:
        raise DraftMoved(_moved(locked), revision=locked.revision)
    form = form_of_rows(locked)
    _refuse_unfinished(form)
    locked.state = VersionState.PUBLISHED
    locked.content_hash = content_hash(to_data(form))
    locked.published_at = timezone.now()
    locked.published_by = actor
    locked.save(update_fields=["state", "content_hash", "published_at", "published_by"])
    Rubric.objects.filter(pk=locked.rubric_id).update(title=locked.title)
    data = {"number": locked.number, "content_hash": locked.content_hash}
    _audit("rubric.published", locked, actor, data)
    return locked


@transaction.atomic
def new_draft_from(*, version: RubricVersion, actor: User | None) -> RubricVersion:
    """A draft with the content of `version` and the next number. Raises DraftExists."""
    rubric = Rubric.objects.select_for_update().get(pk=version.rubric_id)
    draft = rubric.versions.filter(state=VersionState.DRAFT).first()
    if draft is not None:
        raise DraftExists(_draft_exists(draft))
    return _new_draft(rubric, form_of_rows(version), actor)


@transaction.atomic
def retire_version(*, version: RubricVersion, actor: User | None) -> RubricVersion:
    """No further round can use it. What was judged by it stands."""
    locked = _locked(version)
    if locked.state == VersionState.DRAFT:
        raise VersionFixed(_("A draft is discarded, not retired."))
    if locked.state == VersionState.PUBLISHED:
        locked.state = VersionState.RETIRED
        locked.save(update_fields=["state"])
        _audit("rubric.retired", locked, actor, {"number": locked.number})
    return locked


@transaction.atomic
def discard_draft(
    *, version: RubricVersion, expected_revision: int, actor: User | None
) -> Rubric | None:
    """Delete the draft; with it the rubric when it never had another version (None)."""
    locked = _locked(version)
    if locked.state != VersionState.DRAFT:
        raise VersionFixed(_("Only a draft can be discarded."))
    if locked.revision != expected_revision:
        raise DraftMoved(_moved(locked), revision=locked.revision)
    rubric = locked.rubric
    _audit("rubric.draft_discarded", locked, actor, {"number": locked.number})
    locked.delete()
    if rubric.versions.exists():
        return rubric
    rubric.delete()
    return None


# -- inside


def _locked(version: RubricVersion) -> RubricVersion:
    found = RubricVersion.objects.select_for_update(of=("self",)).select_related(
        "rubric__project", "updated_by"
    )
    return found.get(pk=version.pk)


def _new_draft(rubric: Rubric, form: RubricForm, actor: User | None) -> RubricVersion:
    latest = rubric.versions.order_by("-number").first()
    version = RubricVersion.objects.create(
        rubric=rubric,
        number=latest.number + 1 if latest else 1,
        title=form.title,
        guidelines=form.guidelines,
        updated_by=actor,
    )
    write_rows(version, form)
    _audit("rubric.draft_started", version, actor, {"number": version.number})
    return version


def _store(version: RubricVersion, form: RubricForm, actor: User | None) -> RubricVersion:
    version.title = form.title
    version.guidelines = form.guidelines
    version.revision += 1
    version.updated_at = timezone.now()
    version.updated_by = actor
    version.save(update_fields=["title", "guidelines", "revision", "updated_at", "updated_by"])
    write_rows(version, form)
    return version


def _same(version: RubricVersion, form: RubricForm) -> bool:
    if version.content_hash:
        return version.content_hash == content_hash(to_data(form))
    return to_data(form_of_rows(version)) == to_data(form)


def _refuse_unstorable(form: RubricForm) -> None:
    problems = [problem for problem in problems_of(form) if problem.blocks]
    if problems:
        raise RubricRefused(problems)


def _refuse_unfinished(form: RubricForm) -> None:
    problems = problems_of(form)
    if problems:
        raise RubricRefused(problems)


def _moved(version: RubricVersion) -> str:
    return _(
        "%(who)s saved this draft at %(time)s, after you opened it. Nothing was overwritten."
    ) % {"who": _saver(version), "time": _clock(version)}


def _draft_exists(version: RubricVersion) -> str:
    return _(
        "%(rubric)s has a draft that %(who)s saved at %(time)s. Publish or discard it first, "
        "or replace it on purpose."
    ) % {"rubric": version.rubric.key, "who": _saver(version), "time": _clock(version)}


def _saver(version: RubricVersion) -> str:
    return str(version.updated_by) if version.updated_by else _("a command")


def _clock(version: RubricVersion) -> str:
    return timezone.localtime(version.updated_at).strftime("%Y-%m-%d %H:%M:%S %Z")


def _audit(
    action: str, version: RubricVersion, actor: User | None, data: dict[str, object]
) -> None:
    record(actor=actor, action=action, target=version, project=version.rubric.project, data=data)
