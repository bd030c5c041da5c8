"""Ratings of parts all the way: judged with shuffled sides, agreed on, decided, released, compared."""

import csv
import io
import json
from collections import Counter
from itertools import product
from types import SimpleNamespace
from typing import Any

import krippendorff
import numpy as np
import pytest

from accounts.choices import Role
from annotation.models import Item, Judgment, Rating
from annotation.services.assignment import next_assignment
from annotation.services.imported_judgments import import_judgments
from annotation.services.judgments import submit_judgment
from annotation.services.rounds import close_round
from exports.errors import OpenCases, ScoresRefused
from exports.formats import Target
from exports.models import GoldLabel, GoldRelease
from exports.selectors.judge_agreement import judge_agreement
from exports.services.export_files import write_release
from exports.services.gold import release_gold
from exports.services.judge_runs import import_scores
from reliability.choices import Cause
from reliability.models import Case
from reliability.services.cases import claim_case, queue_cases
from reliability.services.decisions import decide_blind, decide_informed
from reliability.services.report import compute_report
from tests.annotation.engine.build import study
from tests.factories import ORDINAL, make_rubric_version, member

pytestmark = pytest.mark.django_db

PER_TURN = ORDINAL | {"key": "clear", "options": {"per": "turn"}}
PER_RESPONSE = ORDINAL | {"key": "helpful", "options": {"per": "response"}}
MESSAGES = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi"},
    {"role": "user", "content": "Tell me more"},
]
TURNS = ("turn_2", "response_1", "response_2")
RESPONSES = ("response_1", "response_2")
UNITS = tuple(product(["clear"], TURNS)) + tuple(product(["helpful"], RESPONSES))

type Place = tuple[int, str, str]  # item, criterion, part


def opinion(item: int, key: str, part: str, rater: int) -> int:
    """What each rater says of each part, in the item's own order: never the same for all parts."""
    level = (7 * item + 3 * len(key) + 2 * (part == "response_2") + (part == "turn_2")) % 5
    return 1 + (level + (rater * (item % 3)) % 4) % 5


@pytest.fixture
def judged() -> SimpleNamespace:
    """Six items, three raters; every rater names the responses as they were shown to them."""
    s = study(raters=3, items=6, overlap=3, responses=2, criteria=(PER_TURN, PER_RESPONSE))
    for item in Item.objects.filter(project=s.project):
        item.content["messages"] = MESSAGES
        item.save()
    orders: set[tuple[int, ...]] = set()
    for n, rater in enumerate(s.raters):
        while (assignment := next_assignment(round_=s.round, rater=rater)) is not None:
            orders.add(tuple(assignment.side_order))
            submit_judgment(
                assignment=assignment, body={"ratings": _seen(assignment, n)}, author=rater.user
            )
    assert orders == {(0, 1), (1, 0)}
    close_round(round_=s.round, actor=None)
    s.round.refresh_from_db()
    return s


def _seen(assignment: Any, rater: int) -> dict[str, dict[str, int]]:
    shown = {
        f"response_{at + 1}": f"response_{i + 1}" for i, at in enumerate(assignment.side_order)
    }
    ratings: dict[str, dict[str, int]] = {"clear": {}, "helpful": {}}
    for key, part in UNITS:
        value = opinion(assignment.item_id, key, part, rater)
        ratings[key][shown.get(part, part)] = value
    return ratings


def told(s: SimpleNamespace) -> dict[Place, list[int]]:
    """What was said of each part, without going through the product."""
    return {
        (item.pk, key, part): [opinion(item.pk, key, part, rater) for rater in range(3)]
        for item in s.items
        for key, part in UNITS
    }


def test_sides_are_put_back_whatever_the_order_they_were_shown_in(judged: SimpleNamespace) -> None:
    stored: dict[Place, list[int]] = {}
    rows = Rating.objects.order_by("rater__code")
    for item, key, part, value in rows.values_list("item", "criterion__key", "part", "value"):
        stored.setdefault((item, key, part), []).append(value)
    assert {place: sorted(values) for place, values in stored.items()} == {
        place: sorted(values) for place, values in told(judged).items()
    }


@pytest.mark.parametrize("key", ["clear", "helpful"])
def test_agreement_is_that_of_the_rows(judged: SimpleNamespace, key: str) -> None:
    counts = [
        [Counter(values)[point] for point in range(1, 6)]
        for (_item, criterion, _part), values in told(judged).items()
        if criterion == key
    ]
    expected = krippendorff.alpha(
        value_counts=np.array(counts), value_domain=range(1, 6), level_of_measurement="ordinal"
    )
    found = compute_report(judged.round).criterion(key)
    assert found is not None
    alpha = found.figure("krippendorff_alpha")
    assert alpha is not None
    assert alpha.estimate == pytest.approx(expected, abs=1e-12)
    assert (alpha.n_units, found.n_whole_items) == (6 * len([u for u in UNITS if u[0] == key]), 6)


def release(s: SimpleNamespace) -> GoldRelease:
    """Cases are queued and decided, each part for itself: the value is the part's lowest vote."""
    queue_cases(round_=s.round)
    adjudicator = member(s.project, Role.ADJUDICATOR)
    while (case := claim_case(adjudicator=adjudicator, project=s.project)) is not None:
        value = min(told(s)[case.item_id, case.criterion.key, case.part])
        decide_blind(case=case, adjudicator=adjudicator, raw=value)
        decide_informed(
            case=case, adjudicator=adjudicator, raw=value, cause=Cause.RATER_ERROR, rationale="low"
        )
    return release_gold(project=s.project, rounds=[s.round], actor=None)


def expected_label(votes: list[int]) -> int:
    """Two of three agree: theirs, unless a case was made of it; else the decision."""
    value, n = Counter(votes).most_common(1)[0]
    return value if n >= 2 and not _is_case(votes) else min(votes)


def _is_case(votes: list[int]) -> bool:
    counts = Counter(votes)
    return len(counts) > 1 and (
        2 * max(counts.values()) <= len(votes) or max(votes) - min(votes) > 1
    )


def test_cases_decisions_and_labels_are_of_parts(judged: SimpleNamespace) -> None:
    queue_cases(round_=judged.round)
    places = Case.objects.values_list("item_id", "criterion__key", "part")
    assert set(places) == {place for place, votes in told(judged).items() if _is_case(votes)}
    with pytest.raises(OpenCases, match=r" · (turn 2|response [AB])"):
        release_gold(project=judged.project, rounds=[judged.round], actor=None)

    cut = release(judged)

    labels = GoldLabel.objects.filter(release=cut)
    found = {
        (label.item_id, label.criterion.key, label.part): label.value
        for label in labels.select_related("criterion")
    }
    assert found == {place: expected_label(votes) for place, votes in told(judged).items()}
    assert len(set(labels.values_list("item", "split"))) == 6  # an item is never split
    assert {each["per"] for each in cut.data_card["rubrics"][0]["criteria"]} == {"turn", "response"}


def test_release_is_cut_again_with_the_same_hash(judged: SimpleNamespace) -> None:
    first = release(judged)
    again = release_gold(project=judged.project, rounds=[judged.round], actor=None)
    assert again.content_hash == first.content_hash
    assert again.data_card["changes"]["counts"] == {
        "added": 0, "removed": 0, "changed": 0, "unchanged": 30,
    }  # fmt: skip


def written(cut: GoldRelease, target: Target) -> bytes:
    file = io.BytesIO()
    write_release(file, release=cut, target=target)
    return file.getvalue()


def test_every_file_names_the_part(judged: SimpleNamespace) -> None:
    cut = release(judged)
    names = {item.external_id: item.pk for item in judged.items}
    expected = {place: expected_label(votes) for place, votes in told(judged).items()}

    lines = [json.loads(line) for line in written(cut, Target.JSONL).splitlines()]
    assert {
        (names[row["item_id"]], row["criterion"], row["part"]): row["value"] for row in lines
    } == expected
    rows = list(csv.DictReader(io.StringIO(written(cut, Target.CSV).decode())))
    assert list(rows[0])[:3] == ["item_id", "criterion", "part"]
    assert {
        (names[row["item_id"]], row["criterion"], row["part"]): int(row["value"]) for row in rows
    } == expected
    assert b"turn_2" in written(cut, Target.PARQUET)
    assert written(cut, Target.XLSX)


def test_exported_ratings_are_imported_again_as_they_were(judged: SimpleNamespace) -> None:
    cut = release(judged)
    file = io.BytesIO(written(cut, Target.RATINGS))
    file.name = "ratings.csv"
    text = file.getvalue().decode()
    coded = text.replace(",R", ",X")  # codes of people are refused
    version = make_rubric_version(judged.project, PER_TURN, PER_RESPONSE)

    report = import_judgments(
        project=judged.project,
        version=version,
        source=io.BytesIO(coded.encode()),
        round_name="again",
    )

    assert (report.refusal, report.rejected, report.ratings) == ("", [], 90)
    columns = ("item", "criterion__key", "part", "value")
    again = Rating.objects.filter(round__name="again").values_list(*columns)
    assert sorted(again) == sorted(Rating.objects.filter(round=judged.round).values_list(*columns))


def scores(s: SimpleNamespace, off: int = 0) -> io.BytesIO:
    """A judge that says what the labels say, but of `off` units one more or less."""
    lines = ["item_id,dimension,part,value"]
    for n, ((pk, key, part), votes) in enumerate(sorted(told(s).items())):
        value = expected_label(votes)
        value = (value - 1 if value == 5 else value + 1) if n < off else value
        name = next(item.external_id for item in s.items if item.pk == pk)
        lines.append(f"{name},{key},{part},{value}")
    return io.BytesIO("\n".join([*lines, ""]).encode())


def test_judge_is_compared_part_by_part(judged: SimpleNamespace) -> None:
    release(judged)
    run = import_scores(
        project=judged.project, judge="gpt", file=scores(judged, off=3), actor=None
    ).run
    assert run.n_scores == 30

    found = judge_agreement(run, "clear")
    assert found.labels_are_gold
    assert found.with_labels is not None
    off = sum(key == "clear" for _pk, key, _part in sorted(told(judged))[:3])
    assert found.with_labels.n == 18
    assert found.with_labels.agreement.value == pytest.approx(1 - off / 18)

    labels = {place: expected_label(votes) for place, votes in told(judged).items()}
    changed = sorted(labels)[:3]
    for rater, compared in enumerate(found.with_raters):
        alike = [
            opinion(*place, rater) == value
            for place, value in labels.items()
            if place[1] == "clear" and place not in changed
        ]
        assert compared.n == 18
        assert compared.agreement.value is not None
        assert compared.agreement.value * 18 >= sum(alike) - 1e-9


def test_judge_without_gold_is_compared_with_majorities_of_parts(judged: SimpleNamespace) -> None:
    run = import_scores(project=judged.project, judge="gpt", file=scores(judged), actor=None).run
    found = judge_agreement(run, "helpful")
    assert not found.labels_are_gold
    assert found.with_labels is not None
    majorities = [
        votes
        for (_item, key, _part), votes in told(judged).items()
        if key == "helpful" and Counter(votes).most_common(1)[0][1] >= 2
    ]
    assert found.with_labels.n == len(majorities)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("clear,,4", "Name one of: turn_2, response_1, response_2"),
        ("clear,turn_1,4", "It has: turn_2, response_1, response_2"),
        ("helpful,response_9,4", "It has: response_1, response_2"),
    ],
)
def test_scores_of_parts_that_are_not_there_are_refused(
    judged: SimpleNamespace, row: str, says: str
) -> None:
    name = judged.items[0].external_id
    file = io.BytesIO(f"item_id,dimension,part,value\n{name},{row}\n".encode())
    with pytest.raises(ScoresRefused) as refused:
        import_scores(project=judged.project, judge="gpt", file=file, actor=None)
    assert says in str(refused.value.detail)


def test_who_abstained_from_all_parts_stands_in_the_evidence_of_each(
    judged: SimpleNamespace,
) -> None:
    judgment = Judgment.objects.order_by("pk").first()
    assert judgment is not None
    of_item = Rating.objects.filter(item=judgment.item, criterion__key="clear")
    of_item.update(value=4, point=3, number=4.0)
    own = judgment.ratings.filter(criterion__key="clear")
    first = own.first()
    assert first is not None
    own.exclude(pk=first.pk).delete()
    Rating.objects.filter(pk=first.pk).update(
        part="", value=None, point=None, number=None, is_abstention=True, abstention_reason="odd"
    )
    cut = release_gold(project=judged.project, rounds=[judged.round], actor=None, skip_open=True)
    labels = GoldLabel.objects.filter(release=cut, item=judgment.item, criterion__key="clear")
    assert labels.exists()
    assert not labels.filter(part="").exists()
    for label in labels:
        said = {each["rater"]: each for each in label.provenance["ratings"]}
        assert said[judgment.rater.code]["abstention"] == "odd"
        assert (len(said), label.n_ratings) == (3, 2)


def test_item_that_everybody_abstained_from_is_one_open_label(judged: SimpleNamespace) -> None:
    for judgment in Judgment.objects.filter(item=judged.items[0]):
        own = judgment.ratings.filter(criterion__key="clear")
        first = own.first()
        assert first is not None
        own.exclude(pk=first.pk).delete()
        Rating.objects.filter(pk=first.pk).update(
            part="", value=None, point=None, number=None, is_abstention=True, abstention_reason="x"
        )
    cut = release_gold(project=judged.project, rounds=[judged.round], actor=None, skip_open=True)
    labels = GoldLabel.objects.filter(release=cut, item=judged.items[0], criterion__key="clear")
    assert not labels.exists()
    assert cut.data_card["exclusions"]["open"]["only_abstentions"] == 1
