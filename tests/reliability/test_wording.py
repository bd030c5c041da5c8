"""Words for everything the statistics may answer."""

import pytest

from reliability.printing.words import _INTERVALS, _REASONS
from reliability.stats import Caution, IntervalMethod, Undefined
from reliability.wording import CAUTIONS, REASONS, REMEDIES

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("words", [REASONS, REMEDIES, _REASONS])
def test_every_reason_says_what_it_means_and_what_to_do(words: dict[str, object]) -> None:
    assert set(words) == {each.value for each in Undefined}
    assert all(str(each).strip() for each in words.values())


def test_every_caution_has_words() -> None:
    # The pages add one of their own for a figure of few items.
    assert set(CAUTIONS) == {each.value for each in Caution} | {"few_items"}


def test_every_interval_has_words_in_print() -> None:
    assert set(_INTERVALS) >= {each.value for each in IntervalMethod} - {"none"}
