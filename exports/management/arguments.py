"""What the commands of this app share: names to objects, errors to exit codes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.management.base import CommandError

from accounts.errors import ConcordError
from accounts.models import Project
from annotation.models import Round
from exports.models import GoldRelease
from exports.selectors.gold import default_rounds, releases_of, rounds_named

REFUSED = 1
USAGE = 2


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal of the data ends the command with code 1 and its sentence."""
    try:
        yield
    except ConcordError as error:
        raise CommandError(error.detail, returncode=REFUSED) from error


def project_named(slug: str) -> Project:
    found = Project.objects.filter(slug=slug, archived_at=None).first()
    if found is None:
        raise CommandError(
            f"There is no project “{slug}”. Make it with create_project.", returncode=REFUSED
        )
    return found


def rounds_for(project: Project, names: Sequence[str], *, allow_open_round: bool) -> list[Round]:
    """The named rounds, or the project's closed production rounds."""
    if not names:
        return default_rounds(project, allow_open_round=allow_open_round)
    found = rounds_named(project, list(names))
    known = {round_.name for round_ in found} | {round_.public_id for round_ in found}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(f"There is no round {', '.join(unknown)}.", returncode=REFUSED)
    return found


def release_numbered(project: Project, number: int | None) -> GoldRelease:
    releases = releases_of(project)
    found = releases.first() if number is None else releases.filter(number=number).first()
    if found is None:
        said = "no gold release" if number is None else f"no gold release {number}"
        raise CommandError(
            f"Project “{project.slug}” has {said}. Cut one with release_gold.", returncode=REFUSED
        )
    return found
