"""Small studies for the engine's tests, made with the services themselves."""

from types import SimpleNamespace
from typing import Any

from accounts.choices import Role
from annotation.models import Assignment
from annotation.services.judgments import Submission, submit_judgment
from annotation.services.roster import ensure_raters
from annotation.services.rounds import open_round
from tests.factories import make_items, make_project, make_rubric_version, member


def study(
    *,
    raters: int = 2,
    items: int = 3,
    overlap: int = 1,
    responses: int = 1,
    criteria: tuple[dict[str, Any], ...] = (),
    **options: Any,
) -> SimpleNamespace:
    """{project, version, items, raters, round}: an open round with annotators."""
    project = make_project()
    for _ in range(raters):
        member(project, Role.ANNOTATOR)
    version = make_rubric_version(project, *criteria)
    made = make_items(project, items, responses=responses)
    round_ = open_round(
        project=project,
        rubric_version=version,
        kind="production",
        name="round",
        actor=None,
        overlap=overlap,
        seed=options.pop("seed", 7),
        **options,
    )
    return SimpleNamespace(
        project=project,
        version=version,
        items=made,
        raters=ensure_raters(project=project),
        round=round_,
    )


def answer(value: Any = 3, **fields: Any) -> dict[str, Any]:
    """An answer to the factories' default rubric."""
    return {"ratings": {"quality": value}, "rationale": "", "seconds_spent": 12.0} | fields


def judge(assignment: Assignment, value: Any = 3, **fields: Any) -> Submission:
    user = assignment.rater.user
    assert user is not None
    return submit_judgment(assignment=assignment, body=answer(value, **fields), author=user)
