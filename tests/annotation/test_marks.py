"""Marked passages as a form posts them: by exact place, by words, and never moved unseen."""

from typing import Any

import pytest
from django.http import QueryDict

from annotation.presentation import PresentedItem, PresentedResponse
from annotation.presented_marks import FIELDS, presented_marks, read_marks
from annotation.rendering import PresentedText

SOURCE = "One **two** one.\r\nTwo 👩\u200d💻 three"


def item(*sources: str) -> PresentedItem:
    return PresentedItem(
        responses=tuple(
            PresentedResponse(key=f"response_{n}", letter="AB"[n - 1], text=PresentedText(source))
            for n, source in enumerate(sources or (SOURCE,), start=1)
        )
    )


def posted(*rows: dict[str, str], **others: str) -> QueryDict:
    data = QueryDict(mutable=True)
    for row in rows:
        for name in FIELDS:
            data.appendlist(f"mark-k-{name}", row.get(name, ""))
    for name, value in others.items():
        data[name.replace("_", "-")] = value
    return data


def read(*rows: dict[str, str]) -> list[dict[str, Any]] | None:
    return read_marks("k", posted(*rows), item())


def test_a_mark_with_its_place_keeps_it_even_where_the_words_stand_twice() -> None:
    row = {"quote": "wo", "start": "19", "end": "21", "label": "x"}
    assert SOURCE[19:21] == "wo"
    assert read(row) == [{"start": 19, "end": 21, "text": "wo", "label": "x", "side": "response_1"}]


def test_a_mark_across_lines_holds_the_source_to_the_character() -> None:
    begin, end = SOURCE.index("one."), SOURCE.index("Two") + 3
    row = {"quote": "one.\nTwo", "start": str(begin), "end": str(end)}
    assert read(row) == [{"start": begin, "end": end, "text": "one.\r\nTwo", "side": "response_1"}]


def test_places_count_code_points() -> None:
    begin = SOURCE.index("three")
    assert begin == 26
    assert read({"quote": "three", "start": "26", "end": "31"})[0]["text"] == "three"  # type: ignore[index]


@pytest.mark.parametrize("place", [{}, {"start": "3", "end": "6"}, {"start": "x", "end": "-1"}])
def test_words_without_their_right_place_are_found_by_themselves(place: dict[str, str]) -> None:
    assert read({"quote": "three", **place}) == [
        {"start": 26, "end": 31, "text": "three", "side": "response_1"}
    ]


def test_words_that_stand_nowhere_are_left_for_the_service_to_refuse() -> None:
    assert read({"quote": "four", "start": "3", "end": "7"}) == [
        {"start": len(SOURCE), "end": len(SOURCE) + 4, "text": "four", "side": "response_1"}
    ]


def test_the_side_says_which_response_is_meant() -> None:
    row = {"quote": "b", "start": "1", "end": "2", "side": "response_2"}
    found = read_marks("k", posted(row), item("aa", "ab"))
    assert found == [{"start": 1, "end": 2, "text": "b", "side": "response_2"}]


def test_nothing_marked_and_nothing_answered_differ() -> None:
    assert read({}) is None
    assert read_marks("k", posted({}, none_k="1"), item()) == []


def test_marks_go_back_into_the_form_with_their_places() -> None:
    span = {"start": 4, "end": 6, "text": "**", "label": "x", "severity": "s", "side": "response_1"}
    first, blank = presented_marks([span])
    assert (first.quote, first.start, first.end, first.severity) == ("**", "4", "6", "s")
    assert not blank.quote


def test_a_response_gives_scripts_its_source_to_the_character() -> None:
    assert PresentedText("a\r\n<b>").written_out == "a&#13;\n&lt;b&gt;"
