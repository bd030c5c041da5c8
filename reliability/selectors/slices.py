"""By what a round's items can be told apart: model, batch, vendor, length, and their own keys.

Items never change after they were imported, so neither do these.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.choices import Basis
from annotation.models import Round
from reliability.selectors.packed import rows_of, table_of

IntArray = NDArray[np.int64]

# Values of one slice that a report tells apart, most items first.
MOST_VALUES = 30
# A key of `meta` is a slice only if it has few values; most are ids, times and remarks.
MOST_META_VALUES = 12
MOST_FAMILIES = 20
N_BANDS = 4

# A row a value: name, value, how many values the name has, items.
_PLACED = """
SELECT name, value, n_values, items
FROM (
  SELECT name, value, items,
    COUNT(*) OVER (PARTITION BY name) AS n_values,
    ROW_NUMBER() OVER (PARTITION BY name ORDER BY n_items DESC, value) AS place
  FROM (
    SELECT name, value, COUNT(*) AS n_items, JOINED(CAST(item AS TEXT), ',') AS items
    FROM (NAMED_ITEMS) AS named
    WHERE value IS NOT NULL AND value <> ''
    GROUP BY name, value
  ) AS counted
) AS placed
WHERE place <= %(most)s AND n_values <= %(most_values)s
ORDER BY name, place
"""
_JUDGED = "item.id IN (SELECT item_id FROM annotation_judgment WHERE round_id = %(round)s)"


def _placed(named_items: str) -> str:
    return _PLACED.replace("NAMED_ITEMS", named_items).replace("IS_JUDGED", _JUDGED)


_OF_MODEL = _placed("""
  SELECT 'model' AS name, MIN(source.value ->> 'model') AS value, item.id AS item
  FROM annotation_item item EACH_SOURCE WHERE IS_JUDGED
  GROUP BY item.id HAVING COUNT(DISTINCT source.value ->> 'model') = 1
""")
# Names of batches need not differ.
_OF_BATCH = _placed("""
  SELECT 'batch' AS name, batch.shown AS value, item.id AS item
  FROM annotation_item item
  JOIN (
    SELECT id, name || CASE WHEN COUNT(*) OVER (PARTITION BY name) > 1
      THEN ' (' || public_id || ')' ELSE '' END AS shown
    FROM annotation_batch WHERE project_id = %(project)s
  ) AS batch ON batch.id = item.batch_id
  WHERE IS_JUDGED
""")
_OF_VENDOR = _placed("""
  SELECT 'vendor' AS name, vendor.name AS value, item.id AS item
  FROM annotation_item item JOIN annotation_batch batch ON batch.id = item.batch_id
  JOIN accounts_vendor vendor ON vendor.id = batch.vendor_id
  WHERE IS_JUDGED
""")
_OF_KEYS = _placed("""
  SELECT pair.key AS name, PAIR_TEXT AS value, item.id AS item
  FROM annotation_item item EACH_SLICE WHERE IS_JUDGED
""")
_OF_META = _placed("""
  SELECT pair.key AS name, PAIR_TEXT AS value, item.id AS item
  FROM annotation_item item EACH_META WHERE IS_JUDGED
""")
_LENGTHS = """
SELECT JOINED(item || ',' || n, ',')
FROM (
  SELECT item.id AS item, SUM(LENGTH(response.value ->> 'text')) AS n
  FROM annotation_item item EACH_RESPONSE WHERE IS_JUDGED
  GROUP BY item.id
) AS long
WHERE n IS NOT NULL
""".replace("IS_JUDGED", _JUDGED)
# All ratings of a judgment share their basis; a judgment counts if none is of another one.
_LAST = """
SELECT JOINED(item_id || ',' || last, ',')
FROM (
  SELECT item_id, LAST_SECOND AS last
  FROM annotation_judgment
  WHERE round_id = %(round)s AND id NOT IN (
    SELECT judgment_id FROM annotation_rating WHERE round_id = %(round)s AND basis <> %(basis)s
  )
  GROUP BY item_id
) AS judged
"""


@dataclass(frozen=True)
class Slicing:
    """One way to tell items apart.

    items: their keys, ascending; codes: the place in `values` of each, shape (n_items,).
    Items without a value, or with one past the limit (`n_left_out` of those), are not in it.
    """

    name: str
    source: str
    values: tuple[str, ...]
    items: IntArray
    codes: IntArray
    n_left_out: int = 0

    def of_items(self, items: IntArray) -> IntArray:
        """The place in `values` of each of `items`, -1 where it has none."""
        return codes_at(items, self.items, self.codes)

    def parts_alike(self, other: "Slicing") -> bool:
        """Whether both put the same items together, whatever they call the parts."""
        if self.n_left_out or other.n_left_out or not np.array_equal(self.items, other.items):
            return False
        met = np.unique(self.codes * len(other.values) + other.codes)
        return len(met) == len(self.values) == len(other.values)


def codes_at(wanted: IntArray, items: IntArray, codes: IntArray) -> IntArray:
    """The code of each item wanted, -1 where there is none; `items` ascending."""
    if not len(items):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(items, wanted), len(items) - 1)
    found: IntArray = np.where(items[at] == wanted, codes[at], -1)
    return found


def slicings_of(round_: Round) -> tuple[Slicing, ...]:
    """Every slice with two values or more: six queries, rows by value."""
    own = [
        *_named(round_, _OF_MODEL, "model"),
        *_named(round_, _OF_BATCH, "batch"),
        *_named(round_, _OF_VENDOR, "vendor"),
        *_lengths(round_),
    ]
    keys = [each for each in _named(round_, _OF_KEYS, "slice") if not _is_told(each, own)]
    taken = {each.name for each in (*own, *keys)}
    meta = _named(round_, _OF_META, "meta", most_values=MOST_META_VALUES)
    found = [*own, *keys, *(each for each in meta if each.name not in taken)]
    return tuple(each for each in found if len(each.values) > 1)[:MOST_FAMILIES]


def _is_told(declared: Slicing, own: Iterable[Slicing]) -> bool:
    """Items often repeat as a slice what their sources say; one of the two is enough."""
    return any(each.name == declared.name and each.parts_alike(declared) for each in own)


def _named(
    round_: Round, statement: str, source: str, *, most_values: int = 2**31 - 1
) -> Iterator[Slicing]:
    parameters = {
        "round": round_.pk,
        "project": round_.project_id,
        "most": MOST_VALUES,
        "most_values": most_values,
    }
    for name, rows in groupby(rows_of(statement, parameters), key=itemgetter(0)):
        yield _slicing(name, source, list(rows))


def _slicing(name: str, source: str, rows: list[tuple[Any, ...]]) -> Slicing:
    members = [table_of([row[3]], 1)[:, 0] for row in rows]
    codes = np.repeat(np.arange(len(rows)), [len(each) for each in members])
    items, codes = _ascending(np.concatenate(members), codes)
    values = tuple(str(row[1]) for row in rows)
    return Slicing(name, source, values, items, codes, n_left_out=rows[0][2] - len(rows))


def _lengths(round_: Round) -> Iterable[Slicing]:
    """Quarters of the items by the characters of their responses."""
    table = table_of((row[0] or "" for row in rows_of(_LENGTHS, {"round": round_.pk})), 2)
    if not len(table):
        return []
    items, lengths = _ascending(table[:, 0], table[:, 1])
    shares = np.arange(1, N_BANDS) / N_BANDS
    edges = np.unique(np.quantile(lengths, shares, method="inverted_cdf"))
    bands, codes = np.unique(np.searchsorted(edges, lengths), return_inverse=True)
    ranges = [lengths[codes == band] for band in range(len(bands))]
    values = tuple(f"{each.min()}–{each.max()}" for each in ranges)
    return [Slicing("length", "length", values, items, codes)]


def _ascending(items: IntArray, codes: IntArray) -> tuple[IntArray, IntArray]:
    order = np.argsort(items, kind="stable")
    return items[order], codes[order]


def last_counted_days(round_: Round) -> tuple[IntArray, IntArray]:
    """Items (keys, ascending), and the day of each one's last counted judgment.

    Days since 1970-01-01, in UTC: stored figures must not depend on who reads them.
    """
    parameters = {"round": round_.pk, "basis": int(Basis.INDEPENDENT)}
    table = table_of((row[0] or "" for row in rows_of(_LAST, parameters)), 2)
    return _ascending(table[:, 0], table[:, 1] // 86_400)
