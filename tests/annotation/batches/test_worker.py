"""A worker that never loads a page knows the jobs of this app."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.pure


def test_worker_without_addresses_knows_how_to_read_batches():
    code = (
        "import django; django.setup(); import annotation.tasks; "
        "from accounts.job_handlers import kinds; print(sorted(kinds()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'import_batch'" in done.stdout
