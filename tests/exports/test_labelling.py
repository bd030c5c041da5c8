"""The rules by which a label follows from ratings and decisions."""

import pytest

from exports.choices import Origin
from exports.labelling import LeftOut, Open, Rated, Ruling, Settled, normal_value, settle
from rubrics.choices import Kind


def ratings(*values: object) -> list[Rated]:
    return [Rated(f"R{n}", value) for n, value in enumerate(values)]


def abstention() -> Rated:
    return Rated("R9", None, is_abstention=True, abstention_reason="unreadable")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2,), Settled(2, Origin.UNANIMOUS, {"2": 1}, 1)),
        ((2, 2, 2), Settled(2, Origin.UNANIMOUS, {"2": 3}, 3)),
        ((2, 2, 3), Settled(2, Origin.MAJORITY, {"2": 2, "3": 1}, 3)),
        ((2, 2.0), Settled(2, Origin.UNANIMOUS, {"2": 2}, 2)),
        ((2, 3), Open.NO_MAJORITY),
        ((2, 2, 3, 3), Open.NO_MAJORITY),
        ((2, 2, 3, 4), Open.NO_MAJORITY),
    ],
)
def test_settle_takes_only_a_strict_majority(values: tuple[object, ...], expected: object) -> None:
    assert settle(kind=Kind.ORDINAL, ratings=ratings(*values), ruling=None) == expected


def test_settle_counts_the_majority_among_those_who_did_not_abstain() -> None:
    given = [*ratings("yes", "yes"), abstention(), abstention()]
    assert settle(kind=Kind.CATEGORICAL, ratings=given, ruling=None) == Settled(
        "yes", Origin.UNANIMOUS, {"yes": 2}, 2
    )


def test_settle_is_open_where_everybody_abstained() -> None:
    assert settle(kind=Kind.ORDINAL, ratings=[abstention()], ruling=None) == Open.ONLY_ABSTENTIONS


def test_settle_says_nothing_where_nobody_was_asked() -> None:
    assert settle(kind=Kind.ORDINAL, ratings=[], ruling=None) is None


@pytest.mark.parametrize("kind", [Kind.NUMERIC, Kind.TEXT])
def test_settle_never_averages_or_merges_what_differs(kind: str) -> None:
    values = (1.5, 2.5) if kind == Kind.NUMERIC else ("a", "b")
    counts = {"1.5": 1, "2.5": 1} if kind == Kind.NUMERIC else {"a": 1, "b": 1}
    assert settle(kind=kind, ratings=ratings(*values), ruling=None) == Settled(
        None, Origin.SOFT, counts, 2
    )


@pytest.mark.parametrize(
    ("kind", "first", "second", "equal"),
    [
        (Kind.MULTI_LABEL, ["a", "b"], ["b", "a"], True),
        (Kind.MULTI_LABEL, ["a"], ["a", "b"], False),
        (Kind.RANKING, ["response_1", "response_2"], ["response_2", "response_1"], False),
        (Kind.SPAN, [{"start": 4, "end": 6}, {"end": 2, "start": 0}],
         [{"start": 0, "end": 2}, {"start": 4, "end": 6}], True),
    ],
)  # fmt: skip
def test_settle_compares_values_by_canonical_json(
    kind: str, first: object, second: object, equal: bool
) -> None:
    result = settle(kind=kind, ratings=ratings(first, second), ruling=None)
    if equal:
        assert isinstance(result, Settled)
        assert (result.value, result.origin) == (normal_value(kind, first), Origin.UNANIMOUS)
    else:
        assert result == Open.NO_MAJORITY


def test_settle_lets_the_decision_count_against_a_majority() -> None:
    ruling = Ruling(is_decided=True, value=5, cause="rater_error")
    assert settle(kind=Kind.ORDINAL, ratings=ratings(2, 2, 2), ruling=ruling) == Settled(
        5, Origin.ADJUDICATED, {"2": 3}, 3
    )


def test_settle_keeps_the_distribution_of_what_is_subjective() -> None:
    plain = Ruling(is_decided=True, value=3, cause="subjective")
    given = Ruling(is_decided=True, cause="subjective", distribution={"3": 0.5, "4": 0.5})
    votes = ratings(3, 3, 4)
    assert settle(kind=Kind.ORDINAL, ratings=votes, ruling=plain) == Settled(
        None, Origin.SOFT, {"3": 2, "4": 1}, 3
    )
    assert settle(kind=Kind.ORDINAL, ratings=votes, ruling=given) == Settled(
        None, Origin.SOFT, {"3": 0.5, "4": 0.5}, 3
    )


def test_settle_leaves_defective_items_out_and_waits_for_decisions() -> None:
    defective = Ruling(is_decided=True, value=1, cause="defective_item")
    waiting = Ruling(is_decided=False)
    empty = Ruling(is_decided=True, value=None, cause="rater_error")
    votes = ratings(2, 2, 2)
    assert settle(kind=Kind.ORDINAL, ratings=votes, ruling=defective) == LeftOut.DEFECTIVE_ITEM
    assert settle(kind=Kind.ORDINAL, ratings=votes, ruling=waiting) == Open.UNDECIDED
    assert settle(kind=Kind.ORDINAL, ratings=votes, ruling=empty) == Open.UNDECIDED
