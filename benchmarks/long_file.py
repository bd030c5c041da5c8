"""`manage.py agreement` on ten million rows of Parquet, against PyArrow reading the same columns.

    python -m benchmarks.long_file

Two million units with names, five raters, in a random order of rows and in the order of units.
The command runs in a process of its own, so that start-up and memory are its own; the floor is a
process too, which reads the three columns as dictionaries and does nothing with them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_UNITS, RATERS = 2_000_000, ("ann", "bob", "cy", "dee", "eve")
REPEATS = 2
FLOOR = (
    "import sys, pyarrow.parquet as pq;"
    "pq.read_table(sys.argv[1], read_dictionary=['item_id', 'rater_id'])"
)
COMMANDS = {
    "alpha, 1000 draws": (
        *("--coefficient", "krippendorff_alpha", "--level", "ordinal", "--bootstrap", "1000"),
    ),
    "every coefficient, ordinal": ("--level", "ordinal"),
    "every coefficient, interval": ("--level", "interval"),
}


def write(path: Path, *, shuffled: bool) -> None:
    rng = np.random.default_rng(0)
    units = np.repeat(np.arange(N_UNITS), len(RATERS))
    raters = np.tile(np.arange(len(RATERS)), N_UNITS)
    truth = rng.integers(1, 6, N_UNITS)[units]
    values = np.where(rng.random(len(units)) < 0.6, truth, rng.integers(1, 6, len(units)))
    if shuffled:
        order = rng.permutation(len(units))
        units, raters, values = units[order], raters[order], values[order]
    names = pa.array([f"item{unit:07d}" for unit in range(N_UNITS)])
    table = pa.table(
        {
            "item_id": names.take(pa.array(units)),
            "rater_id": pa.array(RATERS).take(pa.array(raters)),
            "value": values,
        }
    )
    pq.write_table(table, path)


def measured(*arguments: str) -> tuple[float, float, float]:
    """(seconds by the clock, by the processor, peak MB) of the fastest of a few runs."""
    runs = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        process = os.posix_spawn(
            sys.executable, [sys.executable, *arguments], os.environ, file_actions=null
        )
        _, status, usage = os.wait4(process, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        seconds = time.perf_counter() - start
        runs.append((seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return min(runs)


def main() -> None:
    n_rows = N_UNITS * len(RATERS)
    print(f"{n_rows:,} rows                          seconds   processor   peak MB   floors")
    with tempfile.TemporaryDirectory() as folder:
        for order in ("in order", "shuffled"):
            path = Path(folder) / f"{order}.parquet"
            write(path, shuffled=order == "shuffled")
            floor, used, peak = measured("-c", FLOOR, str(path))
            print(f"{order}: read alone {' ':<20} {floor:8.2f} {used:11.2f} {peak:9.0f}")
            for name, options in COMMANDS.items():
                seconds, used, peak = measured("manage.py", "agreement", str(path), *options)
                ratio = seconds / floor
                print(f"{order}: {name:<31} {seconds:8.2f} {used:11.2f} {peak:9.0f} {ratio:8.1f}")


if __name__ == "__main__":
    main()
