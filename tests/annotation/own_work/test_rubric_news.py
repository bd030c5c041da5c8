"""What changed in a rubric since a rater last judged by it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from annotation.rubric_changes import readable_changes
from annotation.selectors.rubric_news import earlier_version
from rubrics.form import RubricForm
from rubrics.selectors import form_of
from tests.annotation.own_work.build import judge
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_project,
    make_rater,
    make_round,
    make_rubric_version,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def work() -> Any:
    project = make_project()
    rater = make_rater(project)
    old = make_rubric_version(project, ORDINAL, key="r")
    new = make_rubric_version(
        project, ORDINAL | {"question": "How good is it now?"}, CATEGORICAL, key="r"
    )
    rounds = [make_round(project, version=version, raters=[rater]) for version in (old, new)]
    return {"project": project, "rater": rater, "versions": [old, new], "rounds": rounds}


def _get(work: Any, address: str) -> str:
    client = Client()
    client.force_login(work["rater"].user)
    return str(client.get(f"/projects/{work['project'].slug}/{address}").content.decode())


def test_the_version_last_judged_by_is_found(work: Any) -> None:
    old, new = work["versions"]
    assert earlier_version(work["rater"], new) is None
    judge(work["rounds"][0], work["rater"], NOON)
    assert earlier_version(work["rater"], new) == old
    assert earlier_version(work["rater"], old) is None
    assert earlier_version(make_rater(work["project"]), new) is None


def test_the_difference_says_what_raters_read(work: Any) -> None:
    old, new = map(form_of, work["versions"])
    changes = readable_changes(old, new)
    assert ("How good is it now?", "question") in [(c.place, c.what) for c in changes]
    assert ("verdict?", "new") in [(c.place, c.what) for c in changes]
    question = next(c for c in changes if c.what == "question")
    assert {piece.kind for piece in question.pieces} == {"removed", "added"}


def test_a_difference_keeps_every_word() -> None:
    texts = ["One  two\nthree.", "One two\n\nthree, four.", "", "x " * 3000, "y " * 3000]
    for before in texts:
        for after in texts:
            forms = [
                RubricForm(key="r", title="r", guidelines=text, criteria=())
                for text in (before, after)
            ]
            for change in readable_changes(*forms):
                assert "".join(p.text for p in change.pieces if p.kind != "added") == before
                assert "".join(p.text for p in change.pieces if p.kind != "removed") == after


def test_the_notice_is_shown_until_it_is_put_away_and_stays_within_reach(work: Any) -> None:
    judge(work["rounds"][0], work["rater"], NOON)
    round_ = work["rounds"][1]
    client = Client()
    client.force_login(work["rater"].user)
    page = f"/projects/{work['project'].slug}/rounds/{round_.public_id}/judge/"
    client.post(page)
    assert "The rubric has changed" in client.get(page).content.decode()
    changes = f"/projects/{work['project'].slug}/rounds/{round_.public_id}/changes/"
    assert "<ins>" in client.get(changes).content.decode()
    client.post(changes)
    after = client.get(page).content.decode()
    assert "The rubric has changed" not in after
    assert "What changed since version 1" in after
    assert "Nothing changed for you." in _get(
        work, f"rounds/{work['rounds'][0].public_id}/changes/"
    )
