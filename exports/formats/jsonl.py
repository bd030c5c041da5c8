"""JSON lines: exact, nothing is escaped or shortened."""

from collections.abc import Callable, Iterable
from typing import IO, Any

from accounts.canonical import canonical_json
from exports.formats.columns import ReleaseFacts, label_values
from exports.records import LabelRecord

type ContentOf = Callable[[LabelRecord], Any]


def write_labels(
    file: IO[bytes],
    facts: ReleaseFacts,
    records: Iterable[LabelRecord],
    content_of: ContentOf | None = None,
) -> int:
    """One label a line with its ratings and decision in full; the number of labels.

    `content_of` gives what the raters saw, for a file that stands alone.
    """
    n = 0
    for record in records:
        row = label_values(facts, record)
        row["ratings"] = [dict(rating) for rating in record.ratings]
        row["decision"] = dict(record.decision) if record.decision else None
        row["agreement"] = dict(facts.agreement_of(record)) or None
        if content_of is not None:
            row["content"] = content_of(record)
        file.write(canonical_json(row).encode() + b"\n")
        n += 1
    return n
