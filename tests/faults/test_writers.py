"""Many processes write to one SQLite file (T53)."""

from pathlib import Path

import pytest

from tests.faults.ledger import Acknowledged, findings, read_log


def logged(tmp_path: Path) -> list[Acknowledged]:
    return [entry for path in tmp_path.glob("log.*") for entry in read_log(path)]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("processes", "submits"),
    [(8, 12), pytest.param(32, 50, marks=pytest.mark.soak)],
)
def test_nobody_sees_a_locked_database_and_every_acknowledged_row_is_there(
    run, tmp_path, processes, submits
):
    run("tests.faults.prepare", processes, processes * submits // 2, 2)

    outcome = run("tests.faults.writers", processes, submits, tmp_path / "log")

    log = logged(tmp_path)
    assert outcome == {"errors": 0}
    assert len(log) == processes * submits
    assert findings(tmp_path / "concord.sqlite3", log, overlap=2) == []


@pytest.mark.pure
def test_without_the_write_lock_at_the_start_writers_see_errors(run, tmp_path):
    """The sibling with the protection off: the test above can fail."""
    run("tests.faults.prepare", 8, 60, 2)
    outcome = run("tests.faults.writers", 8, 12, tmp_path / "log", "unprotected")
    assert outcome["errors"] > 0
