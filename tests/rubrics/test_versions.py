"""Drafts, publishing and loading."""

import json
import threading
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.canonical import content_hash
from accounts.models import AuditEvent
from rubrics.choices import VersionState
from rubrics.errors import DraftExists, DraftMoved, KeyTaken, RubricRefused, VersionFixed
from rubrics.form import AnchorForm, to_data
from rubrics.models import Criterion, Rubric, RubricVersion
from rubrics.selectors import criteria_of, form_of, rubrics_of, version_named
from rubrics.services.versions import (
    create_rubric,
    discard_draft,
    load_rubric,
    new_draft_from,
    publish_version,
    retire_version,
    save_draft,
)
from tests.rubrics.conftest import a_form

pytestmark = pytest.mark.django_db


def events(project):
    return list(
        AuditEvent.objects.filter(chain=project.pk)
        .order_by("number")
        .values_list("action", flat=True)
    )


def test_created_rubric_holds_what_was_written(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    assert (version.number, version.state, version.revision) == (1, VersionState.DRAFT, 1)
    assert form_of(version) == a_form()
    assert events(project) == ["rubric.draft_started"]


def test_key_is_unique_in_the_project(project, lead):
    create_rubric(project=project, form=a_form(), actor=lead)
    with pytest.raises(KeyTaken) as caught:
        create_rubric(project=project, form=a_form(), actor=lead)
    assert caught.value.fields == {"key": ["This key is taken."]}
    assert RubricVersion.objects.count() == 1


def test_save_counts_revisions_and_keeps_the_content(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    changed = a_form(question="Is it really good?", n_points=5)
    saved = save_draft(version=version, form=changed, expected_revision=1, actor=lead)
    assert (saved.revision, form_of(saved)) == (2, changed)


def test_same_content_is_no_new_revision(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    saved = save_draft(version=version, form=a_form(), expected_revision=1, actor=lead)
    assert saved.revision == 1


def test_stale_save_is_refused_and_names_who_saved(project, lead, other_lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    theirs = a_form(question="Theirs?")
    save_draft(version=version, form=theirs, expected_revision=1, actor=other_lead)
    with pytest.raises(DraftMoved) as caught:
        save_draft(version=version, form=a_form(question="Mine?"), expected_revision=1, actor=lead)
    assert str(other_lead) in caught.value.detail
    assert caught.value.revision == 2
    version.refresh_from_db()
    assert form_of(version) == theirs


def test_unfinished_draft_is_saved_but_not_published(project, lead):
    version = create_rubric(project=project, form=a_form(n_points=1), actor=lead)
    with pytest.raises(RubricRefused) as caught:
        publish_version(version=version, actor=lead)
    assert [problem.field for problem in caught.value.problems] == ["anchors"]
    version.refresh_from_db()
    assert version.state == VersionState.DRAFT


@pytest.mark.parametrize("twice", ["key", "value"])
def test_what_can_not_be_stored_leaves_the_draft_as_it_was(project, lead, twice):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    form = a_form()
    if twice == "key":
        form = replace(form, criteria=(form.criteria[0], form.criteria[0]))
    else:
        points = (AnchorForm(1), AnchorForm(1))
        form = replace(form, criteria=(replace(form.criteria[0], anchors=points),))
    with pytest.raises(RubricRefused):
        save_draft(version=version, form=form, expected_revision=1, actor=lead)
    assert form_of(version) == a_form()


def test_published_version_is_hashed_recorded_and_fixed(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    published = publish_version(version=version, actor=lead)
    assert published.state == VersionState.PUBLISHED
    assert published.content_hash == content_hash(to_data(a_form()))
    assert published.published_by == lead
    assert events(project) == ["rubric.draft_started", "rubric.published"]
    with pytest.raises(VersionFixed):
        save_draft(version=version, form=a_form(n_points=4), expected_revision=1, actor=lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.filter(version=version).update(question="Another?")


def test_publishing_twice_gives_one_version_and_one_event(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    first = publish_version(version=version, actor=lead)
    again = publish_version(version=version, actor=lead)
    assert again.published_at == first.published_at
    assert events(project).count("rubric.published") == 1


@pytest.mark.django_db(transaction=True)
def test_two_publishing_at_once_publish_once(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    barrier, outcomes = threading.Barrier(4), []

    def publish() -> None:
        try:
            barrier.wait()
            outcomes.append(publish_version(version=version, actor=lead).published_at)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert len(set(outcomes)) == 1
    assert events(project).count("rubric.published") == 1


def test_new_draft_carries_the_content_on(project, lead):
    version = load_rubric(project=project, form=a_form(), actor=lead, publish=True)
    draft = new_draft_from(version=version, actor=lead)
    assert (draft.number, draft.state) == (2, VersionState.DRAFT)
    assert form_of(draft) == a_form()
    with pytest.raises(DraftExists):
        new_draft_from(version=version, actor=lead)


def test_retired_version_stays_readable(project, lead):
    version = load_rubric(project=project, form=a_form(), actor=lead, publish=True)
    retired = retire_version(version=version, actor=lead)
    assert retired.state == VersionState.RETIRED
    assert form_of(retired) == a_form()
    with pytest.raises(VersionFixed):
        publish_version(version=retired, actor=lead)


def test_draft_is_not_retired(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    with pytest.raises(VersionFixed):
        retire_version(version=version, actor=lead)


def test_discarding_the_only_draft_removes_the_rubric(project, lead):
    version = create_rubric(project=project, form=a_form(), actor=lead)
    assert discard_draft(version=version, expected_revision=1, actor=lead) is None
    assert not Rubric.objects.exists()


def test_discarding_a_later_draft_keeps_what_was_published(project, lead):
    version = load_rubric(project=project, form=a_form(), actor=lead, publish=True)
    draft = new_draft_from(version=version, actor=lead)
    assert discard_draft(version=draft, expected_revision=1, actor=lead) == version.rubric
    assert list(RubricVersion.objects.all()) == [version]


def test_discarding_what_somebody_saved_since_is_refused(project, lead, other_lead):
    draft = create_rubric(project=project, form=a_form(), actor=lead)
    save_draft(version=draft, form=a_form(n_points=4), expected_revision=1, actor=other_lead)
    with pytest.raises(DraftMoved):
        discard_draft(version=draft, expected_revision=1, actor=lead)


# -- loading


def test_loading_the_same_content_again_is_the_same_version(project):
    first = load_rubric(project=project, form=a_form(), actor=None, publish=True)
    again = load_rubric(project=project, form=a_form(), actor=None, publish=True)
    assert again == first
    assert RubricVersion.objects.count() == 1


def test_loading_other_content_is_the_next_version(project):
    load_rubric(project=project, form=a_form(), actor=None, publish=True)
    second = load_rubric(project=project, form=a_form(n_points=4), actor=None, publish=True)
    assert (second.number, second.state) == (2, VersionState.PUBLISHED)


def test_loading_publishes_a_draft_of_the_same_content(project):
    draft = load_rubric(project=project, form=a_form(), actor=None)
    assert draft.state == VersionState.DRAFT
    published = load_rubric(project=project, form=a_form(), actor=None, publish=True)
    assert (published.pk, published.state) == (draft.pk, VersionState.PUBLISHED)


def test_loading_never_takes_over_a_persons_draft_by_itself(project, lead):
    draft = create_rubric(project=project, form=a_form(), actor=lead)
    with pytest.raises(DraftExists):
        load_rubric(project=project, form=a_form(n_points=5), actor=None, publish=True)
    draft.refresh_from_db()
    assert form_of(draft) == a_form()
    taken = load_rubric(project=project, form=a_form(n_points=5), actor=None, replace_draft=True)
    assert (taken.pk, taken.revision) == (draft.pk, 2)


def test_refused_load_leaves_nothing_behind(project):
    with pytest.raises(RubricRefused):
        load_rubric(project=project, form=a_form(n_points=1), actor=None, publish=True)
    assert not Rubric.objects.exists()


# -- reading


def test_criteria_of_a_published_version_cost_no_query_twice(
    project, lead, django_assert_num_queries
):
    version = load_rubric(project=project, form=a_form(), actor=lead, publish=True)
    criteria_of(version)
    with django_assert_num_queries(0):
        assert criteria_of(version) == a_form().criteria


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_two_queries(project, lead, django_assert_num_queries, n):
    for i in range(n):
        version = load_rubric(project=project, form=a_form(f"r{i}"), actor=lead, publish=True)
        new_draft_from(version=version, actor=lead)
    with django_assert_num_queries(2):
        rows = rubrics_of(project)
    assert [(r.rubric.key, r.published.number, r.draft.number, r.n_versions) for r in rows] == [
        (f"r{i}", 1, 2, 2) for i in range(n)
    ]


def test_a_version_is_named_by_key_and_number(project, lead):
    first = load_rubric(project=project, form=a_form(), actor=lead, publish=True)
    second = load_rubric(project=project, form=a_form(n_points=4), actor=lead, publish=True)
    new_draft_from(version=second, actor=lead)
    assert version_named(project, "quality") == second
    assert version_named(project, "quality@1") == first


# -- the command


def run(*args: str) -> str:
    from io import StringIO

    out = StringIO()
    call_command("rubric", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    from rubrics.yaml_form import dump

    path = tmp_path / "rubric.yaml"
    path.write_text(dump(a_form()), encoding="utf-8")
    return path


def test_load_publishes_and_prints_json(project, file):
    printed = json.loads(run("load", "--project", "alpha", str(file)))
    version = RubricVersion.objects.get()
    assert printed == {
        "rubric": version.rubric.public_id,
        "key": "quality",
        "version": 1,
        "state": "published",
        "criteria": ["good", "why"],
    }
    assert json.loads(run("load", "--project", "alpha", "--publish", str(file))) == printed


def test_load_with_draft_leaves_a_draft(project, file):
    assert json.loads(run("load", "--project", "alpha", "--draft", str(file)))["state"] == "draft"


def test_dump_prints_what_load_read(project, file):
    run("load", "--project", "alpha", str(file))
    assert run("dump", "--project", "alpha", "quality@1") == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["load", "--project", "nowhere", "FILE"], 2, "There is no project “nowhere”"),
        (["dump", "--project", "alpha", "missing"], 2, "no rubric missing. It has: quality."),
        (["dump", "--project", "alpha", "quality@7"], 2, "has no version 7; it has 1."),
        (["dump", "--project", "alpha", "quality@²"], 2, "has no version ²"),
        (["load", "--project", "alpha", "BROKEN"], 1, "line 2, titel"),
    ],
)
def test_wrong_calls_say_what_is_wrong(project, file, args, code, words):
    run("load", "--project", "alpha", str(file))
    broken = file.with_name("broken.yaml")
    broken.write_text(file.read_text(encoding="utf-8").replace("title", "titel"), encoding="utf-8")
    named = {"FILE": str(file), "BROKEN": str(broken)}
    with pytest.raises(CommandError) as caught:
        run(*[named.get(arg, arg) for arg in args])
    assert caught.value.returncode == code
    assert words in str(caught.value)
