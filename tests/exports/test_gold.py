"""Cutting releases from real rows."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from annotation.choices import Basis, RoundState
from annotation.models import Item, Rater
from exports.errors import NothingToRelease, OpenCases, RoundStillOpen
from exports.models import GoldLabel, GoldRelease
from exports.selectors.gold import default_rounds, records_of
from exports.services.gold import plan_release, release_gold
from reliability.models import Case
from tests.exports.builders import ABSTAIN, decide, make_judged, rate
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    make_items,
    make_project,
    make_rubric_version,
    make_user,
)

pytestmark = pytest.mark.django_db


def cut(round_: Any, **options: Any) -> GoldRelease:
    return release_gold(project=round_.project, rounds=[round_], actor=None, **options)


def labels(release: GoldRelease) -> dict[str, tuple[Any, str, int]]:
    return {
        record.key.item_id: (record.value, record.origin, record.n_ratings)
        for record in records_of(release)
    }


def test_release_gold_takes_unanimous_majority_and_decided_labels() -> None:
    round_ = make_judged(ORDINAL, [[4, 4, 4], [4, 4, 2], [1, 3, 5], [2, 5, None]])
    items = list(Item.objects.order_by("pk"))
    decide(round_, items[2], "quality", 2, blind_value=3, cause="rubric_unclear")
    decide(round_, items[3], "quality", 4, cause="subjective")
    release = cut(round_, note="first")
    names = [item.external_id for item in items]
    assert labels(release) == {
        names[0]: (4, "unanimous", 3),
        names[1]: (4, "majority", 3),
        names[2]: (2, "adjudicated", 3),
        names[3]: (None, "soft", 2),
    }
    assert (release.number, release.n_labels, release.note) == (1, 4, "first")
    assert release.data_card["counts"]["by_origin"] == {
        "adjudicated": 1, "majority": 1, "soft": 1, "unanimous": 1,
    }  # fmt: skip


def test_release_gold_keeps_the_provenance_of_a_decided_label() -> None:
    round_ = make_judged(ORDINAL, [[1, 3]], rationale="Two claims have no source.")
    item = Item.objects.get()
    decide(round_, item, "quality", 2, blind_value=3, cause="rubric_unclear")
    label = GoldLabel.objects.get(release=cut(round_))
    receipts = [j.revisions.get().receipt for j in round_.judgments.order_by("rater__code")]
    decision = label.provenance["decision"]
    at = decision.pop("at")
    assert at.endswith("+00:00")
    assert label.provenance["ratings"] == [
        {
            "rater": "R001",
            "value": 1,
            "rationale": "Two claims have no source.",
            "receipt": receipts[0],
        },
        {
            "rater": "R002",
            "value": 3,
            "rationale": "Two claims have no source.",
            "receipt": receipts[1],
        },
    ]
    assert decision == {
        "adjudicator": "adjudicator-code", "value": 2, "cause": "rubric_unclear", "number": 2,
        "rationale": "Because of the second sentence.",
        "blind_value": 3, "blind_adjudicator": "adjudicator-code",
    }  # fmt: skip
    assert label.provenance["item"] == {
        "hash": item.content_hash, "group": "", "models": ["model-0"], "slices": {},
    }  # fmt: skip
    assert label.distribution == {"1": 1, "3": 1}


def test_release_gold_refuses_open_labels_and_names_them() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [1, 3], [2, 2], [ABSTAIN, ABSTAIN]])
    items = list(Item.objects.order_by("pk"))
    criterion = round_.rubric_version.criteria.get()
    Case.objects.create(round=round_, item=items[2], criterion=criterion, state="blind")
    with pytest.raises(OpenCases) as refused:
        cut(round_)
    assert refused.value.count == 3
    assert refused.value.first == [
        (items[1].external_id, "quality", "no majority, not decided"),
        (items[2].external_id, "quality", "case not decided"),
        (items[3].external_id, "quality", "every rater abstained, not decided"),
    ]
    assert "--skip-open" in refused.value.detail
    assert "3 labels are open" in refused.value.detail
    assert (GoldRelease.objects.count(), GoldLabel.objects.count()) == (0, 0)


def test_release_gold_skips_open_labels_on_request_and_says_so() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [1, 3]])
    release = cut(round_, skip_open=True)
    assert release.n_labels == 1
    assert release.data_card["exclusions"]["left_out"] == {"open_case": 1}
    assert release.data_card["exclusions"]["open"] == {"no_majority": 1}


def test_release_gold_refuses_a_running_round_unless_told() -> None:
    round_ = make_judged(ORDINAL, [[4, 4]], state=RoundState.OPEN, closed_at=None)
    with pytest.raises(RoundStillOpen, match="Not closed yet"):
        cut(round_)
    assert cut(round_, allow_open_round=True).data_card["rounds"][0]["state"] == "open"


def test_release_gold_refuses_what_holds_nothing() -> None:
    project = make_project()
    with pytest.raises(NothingToRelease, match="No round is given"):
        release_gold(project=project, rounds=[], actor=None)
    foreign = make_judged(ORDINAL, [[4, 4]])
    with pytest.raises(NothingToRelease, match="another project"):
        release_gold(project=project, rounds=[foreign], actor=None)
    empty = make_judged(ORDINAL, [[None, None]])
    with pytest.raises(NothingToRelease, match="no independent judgments"):
        cut(empty)
    assert not GoldRelease.objects.exists()


def test_release_gold_counts_independent_ratings_only() -> None:
    round_ = make_judged(ORDINAL, [[4, 4, None, None]])
    item = Item.objects.get()
    for ordinal, basis in ((2, Basis.SURPLUS), (3, Basis.REVOTE)):
        rater = Rater.objects.create(project=round_.project, code=f"X{ordinal}")
        rate(round_, item, rater, ordinal, {"quality": 1}, basis=basis)
    assert labels(cut(round_)) == {item.external_id: (4, "unanimous", 2)}


def test_release_gold_leaves_out_defective_archived_and_thin_labels() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [4, 4], [3, 3], [5, None]])
    items = list(Item.objects.order_by("pk"))
    decide(round_, items[0], "quality", None, cause="defective_item")
    items[1].archived_at = round_.opened_at
    items[1].save()
    release = cut(round_, min_ratings=2)
    assert labels(release) == {items[2].external_id: (3, "unanimous", 2)}
    assert release.data_card["exclusions"]["left_out"] == {
        "archived_item": 1, "defective_item": 1, "too_few_ratings": 1,
    }  # fmt: skip


def test_release_gold_lets_the_newest_round_count() -> None:
    project = make_project()
    items = make_items(project, 2)
    first = make_rubric_version(project, ORDINAL, key="rubric")
    second = make_rubric_version(project, ORDINAL, key="rubric")
    newer = make_judged(
        ORDINAL, [[5, 5]], project=project, items=items[:1], version=second, name="second"
    )
    older = make_judged(
        ORDINAL, [[1, 1], [2, 2]], project=project, items=items, version=first, name="first"
    )
    release = release_gold(project=project, rounds=[older, newer], actor=None)
    assert labels(release) == {
        items[0].external_id: (5, "unanimous", 2),
        items[1].external_id: (2, "unanimous", 2),
    }
    assert release.data_card["exclusions"]["superseded_by_a_later_round"] == 1
    assert [each["rubric_version"] for each in release.data_card["rounds"]] == [1, 2]


def test_release_gold_takes_only_the_named_criteria() -> None:
    project = make_project()
    version = make_rubric_version(project, ORDINAL, CATEGORICAL)
    round_ = make_judged(ORDINAL, [[4, 4]], project=project, version=version)
    item = Item.objects.get()
    for n, rater in enumerate(Rater.objects.order_by("code")):
        judgment = round_.judgments.get(rater=rater)
        judgment.ratings.create(
            criterion=version.criteria.get(key="verdict"), round=round_, item=item, rater=rater,
            value=["yes", "no"][n], point=n,
        )  # fmt: skip
    with pytest.raises(OpenCases):
        cut(round_)
    release = cut(round_, criteria=["quality"])
    assert [record.key.criterion for record in records_of(release)] == ["quality"]
    assert release.data_card["exclusions"]["criteria"] == ["quality"]


def test_release_gold_gives_numbers_hashes_and_one_split_a_group() -> None:
    round_ = make_judged(ORDINAL, [[4, 4]] * 12)
    Item.objects.update(group="one prompt")
    first, second = cut(round_), cut(round_)
    assert (first.number, second.number) == (1, 2)
    assert first.content_hash == second.content_hash
    assert first.canary != second.canary
    assert len(first.data_card["counts"]["by_split"]) == 1


def test_release_gold_says_what_changed_since_the_last_one() -> None:
    project = make_project()
    items = make_items(project, 4)
    version = make_rubric_version(project, ORDINAL)
    first = make_judged(
        ORDINAL, [[1, 1], [2, 2], [3, 3]], project=project, items=items[:3], version=version
    )
    second = make_judged(
        ORDINAL, [[1, 1], [5, 5], [4, 4]], project=project, version=version,
        items=[items[0], items[1], items[3]],
    )  # fmt: skip
    release_gold(project=project, rounds=[first], actor=None)
    changes = release_gold(project=project, rounds=[second], actor=None).data_card["changes"]
    assert changes["release"] == 1
    assert changes["counts"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert changes["first"]["changed"][0]["before"] == {"value": 2}
    assert changes["first"]["changed"][0]["after"] == {"value": 5}
    assert changes["first"]["added"][0]["item_id"] == items[3].external_id
    assert changes["first"]["removed"][0]["item_id"] == items[2].external_id


def test_release_gold_carries_the_agreement_of_the_report() -> None:
    from reliability.services.report import compute_report

    round_ = make_judged(ORDINAL, [[1, 1], [2, 2], [3, 4], [5, 5], [2, 2]])
    entry = cut(round_, skip_open=True).data_card["reliability"][0]
    found = compute_report(round_).criteria[0].figure("krippendorff_alpha")
    assert found is not None
    assert entry["criterion"] == "quality"
    assert (entry["estimate"], entry["ci_low"], entry["n_units"]) == (
        found.estimate, found.ci_low, 5,
    )  # fmt: skip


def test_release_gold_is_never_changed_by_anyone() -> None:
    release = cut(make_judged(ORDINAL, [[4, 4]]))
    for rows in (GoldRelease.objects.all(), GoldLabel.objects.all()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(**({"note": "x"} if rows.model is GoldRelease else {"n_ratings": 9}))
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete(rows.db)
    release.refresh_from_db()
    assert release.note == ""


def test_release_gold_answers_the_same_key_with_the_same_release() -> None:
    round_ = make_judged(ORDINAL, [[4, 4]])
    assert cut(round_, cut_key="job-1") == cut(round_, cut_key="job-1")
    assert GoldRelease.objects.count() == 1


def test_release_gold_is_on_the_record_without_labels() -> None:
    round_ = make_judged(ORDINAL, [[4, 4]], rationale="secret words")
    admin = make_user()
    release = release_gold(project=round_.project, rounds=[round_], actor=admin)
    event = AuditEvent.objects.get(action="gold.released")
    assert event.actor == admin.public_id
    assert event.data == {
        "number": 1, "labels": 1, "left_out": 0, "rounds": [round_.public_id],
        "content_hash": release.content_hash,
    }  # fmt: skip


def test_plan_release_counts_without_storing() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [1, 3]])
    found = plan_release(project=round_.project, rounds=[round_])
    assert (found.n_labels, found.n_open, found.sha256) == (
        1, 1, cut(round_, skip_open=True).content_hash,
    )  # fmt: skip


def test_release_gold_needs_no_query_a_row() -> None:
    small, large = make_judged(ORDINAL, [[4, 4]] * 2), make_judged(ORDINAL, [[4, 4]] * 30)
    counts = []
    for round_ in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            cut(round_)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_default_rounds_are_the_closed_production_rounds() -> None:
    project = make_project()
    version = make_rubric_version(project, ORDINAL)
    closed = make_judged(ORDINAL, [[4]], project=project, version=version)
    running = make_judged(
        ORDINAL, [[4]], project=project, version=version, state=RoundState.OPEN, closed_at=None
    )
    make_judged(ORDINAL, [[4]], project=project, version=version, kind="calibration")
    assert default_rounds(project) == [closed]
    assert default_rounds(project, allow_open_round=True) == [running, closed]
