"""Pages of rubrics through the client: reading, writing, conflicts, publishing, and who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.choices import Role
from rubrics.choices import VersionState
from rubrics.editing import raw_of
from rubrics.models import Rubric, RubricVersion
from rubrics.selectors import form_of
from rubrics.services.versions import create_rubric, load_rubric, new_draft_from, save_draft
from rubrics.yaml_form import dump
from tests.factories import make_project, member
from tests.rubrics.conftest import a_form
from tests.rubrics.test_editing import posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project, lead):
    return create_rubric(project=project, form=a_form(), actor=lead)


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


def address(version, name=""):
    return f"/projects/{version.rubric.project.slug}/rubrics/versions/{version.public_id}/{name}"


def fields(version, **changes):
    """The editor's fields as stored, with `changes` (dashes written as double underscores)."""
    data = posted(raw_of(form_of(version)))
    for name, value in changes.items():
        data[name.replace("__", "-")] = value
    return data.dict() | {
        "revision": str(version.revision),
        "criteria-1-show_if": data.getlist("criteria-1-show_if"),
    }


# -- reading


@pytest.mark.parametrize("n", [1, 3])
def test_list_costs_the_same_however_many(as_lead, project, lead, django_assert_num_queries, n):
    for i in range(n):
        version = load_rubric(project=project, form=a_form(f"r{i}"), actor=lead, publish=True)
        new_draft_from(version=version, actor=lead)
    with django_assert_num_queries(11):
        page = as_lead.get("/projects/alpha/rubrics/")
    assert page.content.decode().count("Quality</a>") == n


@pytest.mark.parametrize("n", [1, 3])
def test_versions_cost_the_same_however_many(as_lead, project, lead, django_assert_num_queries, n):
    for i in range(n):
        version = load_rubric(
            project=project, form=a_form(n_points=3 + i), actor=lead, publish=True
        )
    with django_assert_num_queries(13):
        page = as_lead.get(f"/projects/alpha/rubrics/{version.rubric.public_id}/")
    assert page.content.decode().count("Published") == n


def test_version_page_reads_like_a_guideline(as_lead, draft):
    text = as_lead.get(address(draft)).content.decode()
    for piece in ("Read <strong>all</strong> of it.", "Is it good?", "Point 3", "Asked only when"):
        assert piece in text


def test_guidelines_run_and_load_nothing(as_lead, project, lead):
    from dataclasses import replace

    hostile = "<script>alert(1)</script> ![x](https://evil.example/p.png) [a](javascript:alert(1))"
    version = create_rubric(project=project, form=replace(a_form(), guidelines=hostile), actor=lead)
    text = as_lead.get(address(version)).content.decode()
    assert "<script>alert" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text


def test_download_is_the_yaml(as_lead, draft):
    answer = as_lead.get(address(draft, "download/"))
    assert answer.content.decode() == dump(a_form())
    assert answer["Content-Disposition"] == 'attachment; filename="quality-1.yaml"'


# -- starting


def test_new_rubric_starts_empty_and_opens_the_editor(as_lead, project):
    answer = as_lead.post("/projects/alpha/rubrics/new/", {"title": "Tone", "key": "tone"})
    version = RubricVersion.objects.get()
    assert (version.rubric.key, version.title, version.state) == ("tone", "Tone", "draft")
    assert answer["Location"] == address(version, "edit/")


def test_new_rubric_takes_over_a_template(as_lead, project):
    as_lead.post(
        "/projects/alpha/rubrics/new/?template=faithfulness", {"title": "Mine", "key": "mine"}
    )
    form = form_of(RubricVersion.objects.get())
    assert (form.key, form.criteria[0].key) == ("mine", "faithful")


def test_taken_key_is_refused_at_the_field(as_lead, draft):
    answer = as_lead.post("/projects/alpha/rubrics/new/", {"title": "Again", "key": "quality"})
    assert answer.status_code == 422
    assert "This key is taken." in answer.content.decode()


def test_unknown_template_is_not_found(as_lead, project):
    assert as_lead.get("/projects/alpha/rubrics/new/?template=../../x").status_code == 404


def test_uploaded_yaml_becomes_a_draft(as_lead, project):
    file = SimpleUploadedFile("r.yaml", dump(a_form()).encode())
    as_lead.post("/projects/alpha/rubrics/upload/", {"file": file})
    assert form_of(RubricVersion.objects.get()) == a_form()


def test_broken_upload_names_the_line_and_makes_nothing(as_lead, project):
    file = SimpleUploadedFile("r.yaml", dump(a_form()).replace("title", "titel").encode())
    answer = as_lead.post("/projects/alpha/rubrics/upload/", {"file": file})
    assert answer.status_code == 422
    assert "line 2, titel" in answer.content.decode()
    assert not Rubric.objects.exists()


# -- writing


def test_saving_stores_what_was_typed(as_lead, draft):
    answer = as_lead.post(
        address(draft, "edit/"), fields(draft, criteria__0__question="Is it right?", do="save")
    )
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.revision, form_of(draft)) == (2, a_form(question="Is it right?"))


def test_buttons_work_without_script(as_lead, draft):
    answer = as_lead.post(address(draft, "edit/"), fields(draft, do="down:0"))
    assert answer["Location"] == address(draft, "edit/") + "#criterion-1"
    assert [c.key for c in form_of(draft).criteria] == ["why", "good"]


def test_htmx_gets_the_editor_alone(as_lead, draft):
    answer = as_lead.post(
        address(draft, "edit/"), fields(draft, do="add"), headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith("<form")
    assert "criterion_3" in text
    assert 'name="revision" value="2"' in text


def test_autosave_answers_with_state_and_next_revision(as_lead, draft):
    answer = as_lead.post(
        address(draft, "edit/"),
        fields(draft, title="Better", do="autosave"),
        headers={"HX-Request": "true"},
    )
    text = answer.content.decode()
    assert "Saved " in text
    assert 'name="revision" value="2"' in text
    assert "<form" not in text
    draft.refresh_from_db()
    assert draft.title == "Better"


def test_unfinished_draft_is_saved_with_its_list_of_things_to_do(as_lead, draft):
    as_lead.post(address(draft, "edit/"), fields(draft, criteria__0__question="", do="save"))
    draft.refresh_from_db()
    assert form_of(draft).criteria[0].question == ""
    text = as_lead.get(address(draft, "edit/")).content.decode()
    assert "1 thing to put right before publishing" in text
    assert "The question is missing." in text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("criteria__1__key", "good", "The key “good” is used twice"),
        ("criteria__0__anchors__1__value", "1", "The value “1” is used twice."),
        ("criteria__0__weight", "heavy", "“heavy” is not a number."),
        ("criteria__0__key", "not a key", "is no key."),
        ("criteria__0__anchors__1__value", "", "The point has no value."),
    ],
)
def test_what_can_not_be_stored_stays_on_the_page_with_its_error(
    as_lead, draft, field, value, sentence
):
    answer = as_lead.post(address(draft, "edit/"), fields(draft, **{field: value}, do="save"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in text
    name = field.replace("__", "-")
    assert f'name="{name}" value="{value}"' in text or f'name="{name}"' in text
    assert 'aria-invalid="true"' in text
    draft.refresh_from_db()
    assert (draft.revision, form_of(draft)) == (1, a_form())


def test_stale_editor_is_told_who_saved_and_keeps_its_text(as_lead, draft, other_lead):
    mine = fields(draft, criteria__0__question="Mine?", do="save")
    save_draft(
        version=draft, form=a_form(question="Theirs?"), expected_revision=1, actor=other_lead
    )
    answer = as_lead.post(address(draft, "edit/"), mine)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert str(other_lead) in text
    assert "Mine?" in text
    assert form_of(draft).criteria[0].question == "Theirs?"
    # Nothing but the button that names what is stored replaces it.
    as_lead.post(address(draft, "edit/"), mine | {"do": "add"})
    as_lead.post(address(draft, "edit/"), mine | {"do": "autosave"})
    assert form_of(draft).criteria[0].question == "Theirs?"
    assert 'value="insist:2"' in text
    as_lead.post(address(draft, "edit/"), mine | {"do": "insist:2"})
    assert form_of(draft).criteria[0].question == "Mine?"


def test_autosave_after_a_conflict_stays_a_conflict(as_lead, draft, other_lead):
    mine = fields(draft, title="Mine", do="autosave")
    save_draft(version=draft, form=a_form(n_points=5), expected_revision=1, actor=other_lead)
    for _ in range(2):
        text = as_lead.post(address(draft, "edit/"), mine).content.decode()
        assert str(other_lead) in text
        assert 'name="revision" value="1"' in text
    assert form_of(draft) == a_form(n_points=5)


def test_yaml_tab_saves_under_the_same_rules(as_lead, draft):
    changed = dump(a_form(question="From YAML?"))
    answer = as_lead.post(address(draft, "yaml/"), {"text": changed, "revision": "1"})
    assert answer["Location"] == address(draft, "edit/")
    assert form_of(draft).criteria[0].question == "From YAML?"


def test_broken_yaml_stays_in_the_box_and_the_draft_as_it_was(as_lead, draft):
    text = dump(a_form()).replace("kind: ordinal", "kind: ordnal")
    answer = as_lead.post(address(draft, "yaml/"), {"text": text, "revision": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Did you mean “ordinal”?" in page
    assert "kind: ordnal" in page
    assert form_of(draft) == a_form()


def test_yaml_can_not_change_the_key(as_lead, draft):
    answer = as_lead.post(
        address(draft, "yaml/"), {"text": dump(a_form(key="other")), "revision": "1"}
    )
    assert answer.status_code == 422
    assert "The key of a rubric stays “quality”" in answer.content.decode()


# -- publishing


def test_publish_page_shows_what_is_frozen_and_publishes_it(as_lead, draft):
    page = as_lead.get(address(draft, "publish/")).content.decode()
    assert "Is it good?" in page
    answer = as_lead.post(address(draft, "publish/"), {"revision": "1"})
    assert answer["Location"] == address(draft)
    draft.refresh_from_db()
    assert draft.state == VersionState.PUBLISHED


def test_publish_page_shows_what_changes_and_what_may_harm(as_lead, draft, lead):
    as_lead.post(address(draft, "publish/"), {"revision": "1"})
    second = new_draft_from(version=draft, actor=lead)
    changed = a_form(question="Is it true and kind?")
    save_draft(version=second, form=changed, expected_revision=1, actor=lead)
    page = as_lead.get(address(second, "publish/")).content.decode()
    assert "What changes against version 1" in page
    assert "<del>Is it good?</del> <ins>Is it true and kind?</ins>" in page
    assert "may ask two things at once" in page


def test_draft_that_moved_is_shown_again_instead_of_published(as_lead, draft, other_lead):
    save_draft(version=draft, form=a_form(n_points=5), expected_revision=1, actor=other_lead)
    answer = as_lead.post(address(draft, "publish/"), {"revision": "1"})
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT


def test_unfinished_draft_offers_no_publish_button(as_lead, draft, lead):
    save_draft(version=draft, form=a_form(question=""), expected_revision=1, actor=lead)
    page = as_lead.get(address(draft, "publish/")).content.decode()
    assert "Not ready to be published" in page
    assert 'name="revision"' not in page
    assert as_lead.post(address(draft, "publish/"), {"revision": "2"}).status_code == 422


def test_published_version_is_not_edited_but_starts_a_draft(as_lead, draft):
    as_lead.post(address(draft, "publish/"), {"revision": "1"})
    assert as_lead.get(address(draft, "edit/"))["Location"] == address(draft)
    assert as_lead.post(address(draft, "edit/"), {"do": "save"})["Location"] == address(draft)
    answer = as_lead.post(address(draft, "draft/"))
    second = RubricVersion.objects.get(number=2)
    assert answer["Location"] == address(second, "edit/")
    assert as_lead.post(address(draft, "draft/"))["Location"] == address(second, "edit/")


def test_retire_and_discard(as_lead, draft):
    as_lead.post(address(draft, "publish/"), {"revision": "1"})
    as_lead.post(address(draft, "draft/"))
    second = RubricVersion.objects.get(number=2)
    as_lead.post(address(second, "discard/"), {"revision": "1"})
    as_lead.post(address(draft, "retire/"))
    assert list(RubricVersion.objects.values_list("number", "state")) == [(1, "retired")]


# -- who may not


PAGES = ["", "edit/", "yaml/", "publish/", "download/", "preview/"]
ACTS = ["edit/", "yaml/", "publish/", "draft/", "retire/", "discard/"]


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.VENDOR])
def test_raters_and_vendors_see_no_rubric_page(client, project, draft, role):
    client.force_login(member(project, role))
    pages = ["/projects/alpha/rubrics/", f"/projects/alpha/rubrics/{draft.rubric.public_id}/"]
    pages += [address(draft, name) for name in PAGES]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)


def test_adjudicator_reads_and_changes_nothing(client, project, draft):
    client.force_login(member(project, Role.ADJUDICATOR))
    assert client.get(address(draft)).status_code == 200
    assert {name: client.post(address(draft, name)).status_code for name in ACTS} == dict.fromkeys(
        ACTS, 404
    )
    draft.refresh_from_db()
    assert (draft.state, draft.revision) == (VersionState.DRAFT, 1)


def test_lead_of_another_project_finds_nothing(client, draft):
    elsewhere = make_project("beta")
    client.force_login(member(elsewhere, Role.LEAD))
    swapped = [address(draft, name).replace("/alpha/", "/beta/") for name in PAGES]
    pages = [address(draft, name) for name in PAGES] + swapped
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)
