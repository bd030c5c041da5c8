"""Opening rounds: slots, rosters and what is refused."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from accounts.models import AuditEvent
from annotation.choices import AssignmentPolicy, RoundKind, RoundState, SlotState
from annotation.errors import RoundExists, RoundNotOpen, RoundRefused
from annotation.models import Rater, Round, RoundRater, Slot
from annotation.selectors.rounds import items_for_round, progress_of
from annotation.services.roster import add_rater, join, rater_for
from annotation.services.rounds import (
    RoundPlan,
    close_round,
    open_or_find,
    open_round,
    pause_round,
    reopen_round,
)
from rubrics.choices import VersionState
from tests.factories import (
    PAIRWISE,
    make_batch,
    make_items,
    make_project,
    make_rubric_version,
    make_user,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    project = make_project()
    people = [member(project, Role.ANNOTATOR) for _ in range(3)]
    version = make_rubric_version(project)
    make_items(project, 10)
    return project, version, people


def opened(study, **options):
    project, version, _people = study
    fields = {"kind": RoundKind.PRODUCTION, "name": "one", "actor": None, "overlap": 2}
    return open_round(project=project, rubric_version=version, **(fields | options))


def layout(round_: Round) -> list[tuple[int, int, int]]:
    return list(round_.slots.order_by("position").values_list("position", "ordinal", "item_id"))


def test_round_has_the_asked_slots_for_every_item_and_a_place_for_every_annotator(study):
    round_ = opened(study)

    slots = layout(round_)
    items = set(study[0].items.values_list("pk", flat=True))
    assert [position for position, _o, _i in slots] == list(range(20))
    assert {i for _p, o, i in slots if o == 0} == {i for _p, o, i in slots if o == 1} == items
    assert RoundRater.objects.filter(round=round_).count() == 3
    assert sorted(Rater.objects.values_list("code", flat=True)) == ["R01", "R02", "R03"]
    assert progress_of([round_])[round_.pk].n_slots == 20
    assert AuditEvent.objects.filter(action="round.opened").count() == 1


def test_round_order_follows_its_seed_and_layers_differ(study):
    first, again, other = (
        opened(study, name=name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert layout(first) == layout(again)
    assert layout(first) != layout(other)
    by_layer = [[i for _p, o, i in layout(first) if o == layer] for layer in (0, 1)]
    assert by_layer[0] != by_layer[1]
    assert by_layer[0] != sorted(by_layer[0])


def test_round_where_everybody_judges_everything_grows_with_a_new_rater(study):
    project = study[0]
    round_ = opened(study, policy=AssignmentPolicy.ALL)
    assert round_.overlap == 3

    newcomer = rater_for(user=member(project, Role.ANNOTATOR), project=project)
    assert join(round_=round_, rater=newcomer) is not None

    round_.refresh_from_db()
    assert round_.overlap == 4
    assert Slot.objects.filter(round=round_).count() == 40


def test_round_of_chosen_raters_is_closed_to_others_until_a_lead_adds_them(study):
    project, _version, people = study
    chosen = [rater_for(user=user, project=project) for user in people[:2]]
    round_ = opened(study, raters=chosen)
    third = rater_for(user=people[2], project=project)

    assert join(round_=round_, rater=third) is None
    add_rater(round_=round_, rater=third, actor=None)
    assert join(round_=round_, rater=third) is not None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"overlap": 4}, "4 judgments an item are asked for, but there are only 3 raters"),
        ({"overlap": 0}, "from 1 to 1,000"),
        ({"raters": []}, "the round has no raters"),
        ({"kind": "rehearsal"}, "is not a kind of round"),
        ({"policy": "most"}, "is not a policy"),
        ({"name": "  "}, "Name the round"),
    ],
)
def test_round_with_impossible_numbers_is_refused_with_the_arithmetic(study, options, says):
    with pytest.raises(RoundRefused, match=says):
        opened(study, **options)
    assert not Round.objects.exists()


def test_round_without_items_or_on_a_draft_is_refused(study):
    project = study[0]
    nothing = items_for_round(project, external_ids=["unknown"])
    with pytest.raises(RoundRefused, match="There are no items"):
        opened(study, items=nothing)
    draft = make_rubric_version(project, state=VersionState.DRAFT)
    with pytest.raises(RoundRefused, match="is a draft"):
        open_round(project=project, rubric_version=draft, kind="production", name="d", actor=None)
    elsewhere = make_rubric_version(make_project())
    with pytest.raises(RoundRefused, match="another project"):
        open_round(
            project=project, rubric_version=elsewhere, kind="production", name="d", actor=None
        )
    assert not Round.objects.exists()


def test_round_names_the_first_item_that_its_rubric_cannot_judge(study):
    project = study[0]
    pair = make_items(project, 4, responses=2)
    version = make_rubric_version(project, PAIRWISE)
    first = project.items.order_by("pk").first()
    fields = {"project": project, "rubric_version": version, "kind": "production", "actor": None}

    with pytest.raises(RoundRefused, match=f"{first.external_id}.*10 of 14 items don't fit"):
        open_round(name="all", **fields)
    round_ = open_round(name="pairs", only_fitting=True, **fields)

    assert set(round_.slots.values_list("item_id", flat=True)) == {item.pk for item in pair}


def test_round_takes_items_by_batch_slice_and_id(study):
    project = study[0]
    batch = make_batch(project)
    first, second = make_items(project, 2, batch=batch)
    first.slices = {"la'ng__uage": "de", "kind": "qa"}
    first.save()

    assert set(items_for_round(project, batches=[batch])) == {first, second}
    assert list(items_for_round(project, slices={"la'ng__uage": "de", "kind": "qa"})) == [first]
    assert list(items_for_round(project, slices={"kind": "other"})) == []
    assert list(items_for_round(project, external_ids=[second.external_id])) == [second]


def test_round_of_a_name_is_found_again_or_refused_with_what_differs(study):
    project, version, _people = study
    plan = RoundPlan(
        project=project, rubric_version=version, kind="production", name="one", overlap=2
    )
    round_ = open_or_find(plan, actor=None)

    assert open_or_find(plan, actor=None) == round_
    with pytest.raises(RoundExists) as caught:
        open_or_find(
            RoundPlan(
                project=project, rubric_version=version, kind="retest", name="one", overlap=3
            ),
            actor=None,
        )
    assert set(caught.value.fields) == {"kind", "overlap"}
    with pytest.raises(RoundExists):
        opened(study)
    assert Round.objects.count() == 1


def test_round_pauses_closes_and_reopens_on_the_record(study):
    round_ = opened(study)
    lead = make_user()

    assert pause_round(round_=round_, actor=lead).state == RoundState.PAUSED
    assert close_round(round_=round_, actor=lead).closed_at is not None
    assert close_round(round_=round_, actor=lead).state == RoundState.CLOSED
    with pytest.raises(RoundNotOpen, match="closed"):
        pause_round(round_=round_, actor=lead)
    assert reopen_round(round_=round_, actor=lead).state == RoundState.OPEN
    actions = AuditEvent.objects.filter(actor=lead.public_id).order_by("number")
    assert [event.action for event in actions] == [
        "round.paused",
        "round.closed",
        "round.reopened",
    ]


def test_slots_are_inserted_many_at_a_time(study):
    project = study[0]
    make_items(project, 1000)
    with CaptureQueriesContext(connection) as queries:
        round_ = opened(study, overlap=1)
    inserts = [q for q in queries if "INSERT INTO" in q["sql"] and "slot" in q["sql"]]
    assert len(inserts) == 1
    assert round_.slots.filter(state=SlotState.OPEN).count() == 1010
