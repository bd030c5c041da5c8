"""The independent checker: reads the clients' log and the database, never the product's code."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HISTORY = """
SELECT v.receipt, v.number, v.body, a.public_id, r.public_id
FROM annotation_judgmentrevision v
JOIN annotation_judgment j ON j.id = v.judgment_id
JOIN annotation_assignment a ON a.id = j.assignment_id
JOIN annotation_rater r ON r.id = j.rater_id
"""
PER_ITEM = """
SELECT item_id, COUNT(*) FROM annotation_assignment
WHERE state IN ('leased', 'submitted') AND NOT is_surplus GROUP BY round_id, item_id
"""
PER_PAIR = """
SELECT COUNT(*) FROM annotation_judgment GROUP BY round_id, item_id, rater_id HAVING COUNT(*) > 1
"""
NOT_FILLED = """
SELECT COUNT(*) FROM annotation_assignment a JOIN annotation_slot s ON s.id = a.slot_id
WHERE a.state = 'submitted' AND NOT a.is_surplus AND s.state <> 'filled'
"""


@dataclass(frozen=True)
class Acknowledged:
    """One line of a client's log: what the server said was stored."""

    assignment: str
    receipt: str
    rationale: str


def log_line(acknowledged: Acknowledged) -> str:
    return json.dumps(acknowledged.__dict__)


def read_log(path: Path) -> list[Acknowledged]:
    return [Acknowledged(**json.loads(line)) for line in path.read_text().splitlines()]


def findings(database: Path, log: list[Acknowledged], *, overlap: int) -> list[str]:
    """Everything that is not as promised; empty: all is well."""
    with closing(sqlite3.connect(database)) as connection:
        stored = connection.execute(HISTORY).fetchall()
        per_item = connection.execute(PER_ITEM).fetchall()
        doubled = connection.execute(PER_PAIR).fetchall()
        (not_filled,) = connection.execute(NOT_FILLED).fetchone()
    by_receipt = {row[0]: row for row in stored}
    problems = [_finding(entry, by_receipt) for entry in log]
    problems += [f"item {item} over its overlap" for item, n in per_item if n > overlap]
    problems += ["a rater judged an item twice"] * len(doubled)
    problems += ["a judgment without its slot"] * not_filled
    seen = [row[3] for row in stored if row[1] == 1]
    problems += ["two first revisions"] * (len(seen) - len(set(seen)))
    return [problem for problem in problems if problem]


def _finding(entry: Acknowledged, by_receipt: dict[str, tuple[object, ...]]) -> str:
    row = by_receipt.get(entry.receipt)
    if row is None:
        return f"lost: receipt {entry.receipt}"
    if row[3] != entry.assignment:
        return f"receipt {entry.receipt} belongs to another assignment"
    if json.loads(str(row[2]))["rationale"] != entry.rationale:
        return f"changed: receipt {entry.receipt}"
    return ""
