"""A file appears whole or not at all, whatever happens to the process that writes it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exports.manifest import manifest_of, whole_file

WRITER = """
import sys, time
from pathlib import Path
from exports.manifest import whole_file
with whole_file(Path(sys.argv[1])) as file:
    print("begun", flush=True)
    for n in range(int(sys.argv[2])):
        file.write(b"row %d\\n" % n)
        file.flush()
"""


def test_whole_file_survives_kills_at_random_moments(tmp_path: Path) -> None:
    """Twenty writers are killed; what is under the name is always one whole version (T59)."""
    path, rng = tmp_path / "gold.jsonl", random.Random(20)
    whole = {1: b"row 0\n", 60_000: b"".join(b"row %d\n" % n for n in range(60_000))}
    subprocess.run([sys.executable, "-c", WRITER, path, "1"], check=True, capture_output=True)
    n_killed = 0
    for _ in range(20):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, "60000"], stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        time.sleep(rng.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        n_killed += writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        assert path.read_bytes() in whole.values()
        assert [each.name for each in tmp_path.iterdir()] == ["gold.jsonl"]
    assert n_killed > 0


@pytest.mark.parametrize("nameless", [True, False])
def test_whole_file_leaves_nothing_after_an_error(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with pytest.raises(RuntimeError):
        _fail_half_way(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    with whole_file(tmp_path / "x") as file:
        file.write(b"whole")
        assert manifest_of(file, name="x", format="f", rows=1).n_bytes == 5
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("x", b"whole")]


def _fail_half_way(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_manifest_of_tells_size_and_checksum(tmp_path: Path) -> None:
    with whole_file(tmp_path / "x") as file:
        file.write(b"abc")
        found = manifest_of(file, name="x", format="csv", rows=2)
    assert found.data() == {
        "name": "x", "format": "csv", "rows": 2, "n_bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }  # fmt: skip
