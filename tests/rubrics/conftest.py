"""Small builders of forms."""

import pytest

from accounts.choices import Role
from accounts.models import Project, User
from rubrics.form import AnchorForm, CriterionForm, RubricForm
from tests.factories import make_project, member


@pytest.fixture
def project(db: None) -> Project:
    return make_project("alpha")


@pytest.fixture
def lead(project: Project) -> User:
    return member(project, Role.LEAD, email="lead@example.org")


@pytest.fixture
def other_lead(project: Project) -> User:
    return member(project, Role.LEAD, email="other@example.org")


def a_form(key: str = "quality", question: str = "Is it good?", n_points: int = 3) -> RubricForm:
    anchors = tuple(AnchorForm(n, f"Point {n}", "What it means.") for n in range(1, n_points + 1))
    return RubricForm(
        key=key,
        title="Quality",
        guidelines="Read **all** of it.",
        criteria=(
            CriterionForm("good", question, "ordinal", "ordinal", anchors=anchors),
            CriterionForm(
                "why",
                "What is wrong?",
                "text",
                "nominal",
                is_required=False,
                show_if={"good": (1,)},
            ),
        ),
    )
