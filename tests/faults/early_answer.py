"""A broken server: it answers before anything is stored. The kill test must catch it."""

import os
import threading
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import application  # noqa: I001  # Django first

from accounts.public_ids import new_public_id
from annotation.api import labeling
from annotation.services.judgments import Submission, submit_judgment

DELAY_SECONDS = 0.3
__all__ = ["application"]


def answer_first(**given: Any) -> Submission:
    def later() -> None:
        time.sleep(DELAY_SECONDS)
        submit_judgment(**given)

    threading.Thread(target=later, daemon=True).start()
    time.sleep(0.05)
    return Submission(judgment=None, receipt=new_public_id(), revision=1, is_new=True)  # type: ignore[arg-type]


labeling.submit_judgment = answer_first
