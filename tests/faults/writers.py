"""Many processes that submit to one SQLite file at once; prints {errors} and writes logs.

Run as `python -m tests.faults.writers PROCESSES SUBMITS LOG [unprotected]` with VAR_DIR set.
`unprotected` begins transactions without the write lock and waits for nobody.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings

if "unprotected" in sys.argv:
    settings.DATABASES["default"]["OPTIONS"] |= {"transaction_mode": "DEFERRED", "timeout": 0}
django.setup()

from django.db import DatabaseError, connections  # noqa: E402

from annotation.models import Assignment, Rater, Round  # noqa: E402
from annotation.services.assignment import next_assignment  # noqa: E402
from annotation.services.judgments import submit_judgment  # noqa: E402
from tests.faults.ledger import Acknowledged, log_line  # noqa: E402


def work(rater: Rater, round_: Round, submits: int, log: Path) -> int:
    """Judge `submits` items; the number of errors seen."""
    errors = 0
    with log.open("a") as file:
        for n in range(submits):
            try:
                assignment = next_assignment(round_=round_, rater=rater)
                if assignment is None:
                    break
                file.write(log_line(_submit(assignment, rater, n)) + "\n")
                file.flush()
            except DatabaseError as error:
                errors += 1
                print(error, file=sys.stderr)
    return errors


def _submit(assignment: Assignment, rater: Rater, n: int) -> Acknowledged:
    assert rater.user is not None
    rationale = f"{rater.code} {n}"
    body = {"ratings": {"quality": 1 + n % 5}, "rationale": rationale}
    done = submit_judgment(assignment=assignment, body=body, author=rater.user)
    return Acknowledged(assignment.public_id, done.receipt, rationale)


def main() -> None:
    processes, submits, log = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    round_ = Round.objects.select_related("rubric_version__rubric").get()
    raters = list(Rater.objects.select_related("user").order_by("pk")[:processes])
    connections.close_all()
    children = []
    for place, rater in enumerate(raters):
        pid = os.fork()
        if pid == 0:
            errors = work(rater, round_, submits, log.with_suffix(f".{place}"))
            os._exit(min(errors, 100))
        children.append(pid)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    print(json.dumps({"errors": sum(codes)}))


if __name__ == "__main__":
    main()
