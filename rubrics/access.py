"""The only way from a person and a public id to a rubric or a version."""

from accounts.access import Action, Person, require
from accounts.errors import NotFound
from accounts.models import Project
from rubrics.models import Rubric, RubricVersion


def rubric_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_RUBRIC
) -> Rubric:
    """The rubric of `project`, if `user` may do `action` there. Raises NotFound."""
    require(user, action, project)
    found = Rubric.objects.filter(project=project, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def version_for(
    user: Person, project: Project, public_id: str, action: Action = Action.VIEW_RUBRIC
) -> RubricVersion:
    """A version of one of the project's rubrics, with its rubric. Raises NotFound."""
    require(user, action, project)
    found = (
        RubricVersion.objects.select_related("rubric__project", "updated_by", "published_by")
        .filter(rubric__project=project, public_id=public_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found
