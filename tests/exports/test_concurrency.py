"""Two releases at once, a job delivered twice: numbers stay unique and nothing is doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from exports.models import GoldLabel, GoldRelease
from exports.services.gold import release_gold
from tests.exports.builders import make_judged
from tests.factories import ORDINAL

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(round_: object, keys: list[str]) -> list[int]:
    barrier = Barrier(len(keys))

    def cut(key: str) -> int:
        try:
            barrier.wait()
            return release_gold(
                project=round_.project,  # type: ignore[attr-defined]
                rounds=[round_],  # type: ignore[list-item]
                actor=None,
                cut_key=key,
            ).number
        finally:
            connection.close()

    with ThreadPoolExecutor(len(keys)) as pool:
        return sorted(pool.map(cut, keys))


def test_releases_cut_at_once_get_different_numbers() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [2, 2]])
    assert at_once(round_, ["", "", "", ""]) == [1, 2, 3, 4]
    assert GoldLabel.objects.count() == 8
    assert len(set(GoldRelease.objects.values_list("content_hash", flat=True))) == 1


def test_the_same_cut_asked_for_at_once_is_made_once() -> None:
    round_ = make_judged(ORDINAL, [[4, 4], [2, 2]])
    assert at_once(round_, ["job-7"] * 4) == [1, 1, 1, 1]
    assert GoldLabel.objects.count() == 2
