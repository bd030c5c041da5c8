"""How fast items go into SQLite, and whether memory stays flat.

    python benchmarks/import_speed.py [--items 10000 100000]

Each size is imported in a process of its own into a new database with full disk
sync, by the same service that the pages and the command use. Peak memory is the
process's maximum resident set, the interpreter and Django included.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
WORDS = ["the", "model", "answers", "when", "asked", "about", "a", "source", "not", "seen"]


def synthetic_item(number: int, rng: random.Random) -> dict[str, object]:
    """About 0.9 kB: a question, two contexts, one answer, slices and metadata."""
    return {
        "item_id": f"item-{number:07d}",
        "messages": [{"role": "user", "content": _text(rng, 20)}],
        "responses": [{"model": f"model-{number % 7}", "text": _text(rng, 50)}],
        "reference": _text(rng, 15),
        "contexts": [{"id": f"doc-{n}", "text": _text(rng, 25)} for n in range(2)],
        "slices": {"language": rng.choice(("en", "de", "ar")), "topic": f"t{number % 20}"},
        "meta": {"run": number % 3, "temperature": 0.7},
    }


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def write_file(path: Path, n_items: int) -> None:
    rng = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_items):
            file.write(json.dumps(synthetic_item(number, rng), ensure_ascii=False) + "\n")


def measure(n_items: int, folder: Path) -> dict[str, float]:
    """In a fresh process: import `n_items` items; wall and CPU seconds, items a second, peak
    megabytes."""
    os.environ["VAR_DIR"] = str(folder / "var")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.pop("DATABASE_URL", None)
    sys.path.insert(0, str(REPOSITORY))
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import Project
    from annotation.services.batches import import_items

    call_command("migrate", verbosity=0)
    project = Project.objects.create(slug="speed", name="speed")
    path = folder / "items.jsonl"
    write_file(path, n_items)
    before = _peak_megabytes()
    began, worked = time.perf_counter(), time.process_time()
    report = import_items(project=project, source=path)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    if report.created != n_items:
        raise SystemExit(f"imported {report.created} of {n_items}: {report.refusal}")
    return {
        "items": n_items,
        "file_megabytes": round(path.stat().st_size / 2**20, 1),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "items_per_second": round(n_items / seconds),
        "peak_megabytes": round(_peak_megabytes()),
        "peak_megabytes_before": round(before),
    }


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.items[0], options.measure)))
        return
    for n_items in options.items:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--items", str(n_items), "--measure", folder]
            print(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            )


if __name__ == "__main__":
    main()
