"""What a release changed against the one before it."""

import json
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from typing import IO, Any

from exports.models import GoldRelease
from exports.records import LabelKey, key_of
from exports.selectors.gold import records_of
from exports.services.survey import spooled

SHOWN = 100


def changes_since(previous: GoldRelease | None, spool: IO[bytes]) -> dict[str, Any] | None:
    """Counts of added, removed, changed and unchanged labels, and the first of each kind.

    A label is the same when its value is, and for soft labels its distribution.
    """
    if previous is None:
        return None
    counts = {"added": 0, "removed": 0, "changed": 0, "unchanged": 0}
    first: dict[str, list[dict[str, Any]]] = {"added": [], "removed": [], "changed": []}
    for kind, entry in _compared(_before(previous), _after(spool)):
        counts[kind] += 1
        if kind in first and len(first[kind]) < SHOWN:
            first[kind].append(entry)
    return {
        "release": previous.number,
        "content_hash": previous.content_hash,
        "counts": counts,
        "first": first,
    }


type _Side = tuple[LabelKey, int, Any]


def _before(previous: GoldRelease) -> Iterator[_Side]:
    for record in records_of(previous):
        yield record.key, 0, _content(record.value, record.distribution)


def _after(spool: IO[bytes]) -> Iterator[_Side]:
    for _item, _criterion, _round, line in spooled(spool):
        label = json.loads(line)
        yield key_of(label), 1, _content(label["value"], label["distribution"])


def _content(value: Any, distribution: Any) -> Any:
    return {"distribution": distribution} if value is None else {"value": value}


def _compared(
    before: Iterable[_Side], after: Iterable[_Side]
) -> Iterator[tuple[str, dict[str, Any]]]:
    both = merge(before, after, key=lambda side: side[:2])
    for key, sides in groupby(both, key=lambda side: side[0]):
        found = {which: content for _key, which, content in sides}
        yield (
            _kind(found),
            {**key.written(), "before": found.get(0), "after": found.get(1)},
        )


def _kind(found: dict[int, Any]) -> str:
    if 0 not in found:
        return "added"
    if 1 not in found:
        return "removed"
    return "unchanged" if found[0] == found[1] else "changed"
