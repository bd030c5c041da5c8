"""Room for judgments: one layer of slots for each judgment an item is to get.

Every layer holds all items of the round in a shuffle of its own, and raters start in different
layers. So they walk in different orders, any two of them meet on items by chance, and where
everybody judges everything each has a layer that nobody else walks.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import batched

from django.db import connection, transaction

from annotation.choices import SlotPurpose, SlotState
from annotation.models import Round, Slot

ROWS_A_STATEMENT = 2_000


def layer_count(round_: Round) -> int:
    return max(1, round_.overlap)


def layer_length(round_: Round) -> int:
    """Items in the round: the distance between the first positions of two layers."""
    return int(round_.policy_options.get("n_items", 0))


def shuffled(round_: Round, ordinal: int, item_ids: Sequence[int]) -> list[int]:
    """The order of one layer; the same for the same round, whatever came before."""
    order = sorted(item_ids)
    # Reproducible, not secret: a rater never sees positions.
    random.Random(f"{round_.seed}:{ordinal}").shuffle(order)  # noqa: S311
    return order


@transaction.atomic
def lay_slots(round_: Round, item_ids: Sequence[int], ordinals: Sequence[int]) -> int:
    """Insert the layers `ordinals`. A million slots take some seconds, not minutes."""
    n_slots = 0
    every = _rows(round_, item_ids, ordinals)
    for rows in batched(every, ROWS_A_STATEMENT):  # 3.12 has no `strict`
        _insert(rows)
        n_slots += len(rows)
    return n_slots


def _rows(
    round_: Round, item_ids: Sequence[int], ordinals: Sequence[int]
) -> Iterator[tuple[int, int, int, int, str, str]]:
    length = layer_length(round_)
    for ordinal in ordinals:
        for place, item_id in enumerate(shuffled(round_, ordinal, item_ids)):
            position = ordinal * length + place
            yield round_.pk, item_id, ordinal, position, SlotState.OPEN, SlotPurpose.ORDINARY


def _insert(rows: Sequence[tuple[int, int, int, int, str, str]]) -> None:
    """One statement for many rows; building model instances would cost ten times as much."""
    row = "(%s, %s, %s, %s, %s, %s)"
    statement = (
        f"INSERT INTO {Slot._meta.db_table} "  # noqa: S608  # only the table's own name
        "(round_id, item_id, ordinal, position, state, purpose) VALUES "
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement + ", ".join([row] * len(rows)),
            [str(value) if isinstance(value, str) else value for each in rows for value in each],
        )


@transaction.atomic
def add_layer(round_: Round) -> None:
    """One more judgment for every item, under the round's lock (another rater joined)."""
    ordinals = Slot.objects.filter(round=round_).order_by("-ordinal")
    last = ordinals.values_list("ordinal", flat=True).first()
    if last is None:
        return
    first_layer = Slot.objects.filter(round=round_, ordinal=0)
    lay_slots(round_, list(first_layer.values_list("item_id", flat=True)), [last + 1])
    round_.overlap = last + 2
    round_.save(update_fields=["overlap"])
