"""`make run`: everything in one process, on a machine with nothing but Python.

Migrates, loads the demo on first start, and serves with a job worker beside the web threads.
With CELERY_BROKER_URL set, jobs are left to workers of that broker.
"""

import os
import threading
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
PORT = os.environ.get("PORT") or "8000"
os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{PORT}")

import django  # noqa: E402  # settings read the environment when they load

django.setup()

from celery.beat import EmbeddedService  # noqa: E402
from celery.worker import WorkController  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402

from accounts.models import Project  # noqa: E402
from accounts.services.people import random_password  # noqa: E402
from config.celery import app  # noqa: E402

THREADS = 8


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with our settings, one process and a few threads."""

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"127.0.0.1:{PORT}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 20,
            "keepalive": 30,
            "loglevel": "warning",
            "post_worker_init": lambda worker: start_jobs(),
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Built only now: static files are listed once, and they have just been collected."""
        return get_wsgi_application()


def start_jobs() -> None:
    """A Celery worker and its clock in threads of the web process, unless a broker is set."""
    if settings.BROKER_URL:
        return
    worker = WorkController(app=app, pool="solo", concurrency=1, without_heartbeat=True)
    threading.Thread(target=worker.start, name="jobs", daemon=True).start()
    clock = EmbeddedService(app, thread=True, max_interval=5, scheduler_cls="celery.beat:Scheduler")
    clock.start()  # type: ignore[union-attr]  # a thread, as asked


def demo_password() -> str:
    """DEMO_PASSWORD, or a random one that this installation keeps."""
    given = os.environ.get("DEMO_PASSWORD", "")
    kept = settings.VAR_DIR / "demo_password"
    if given:
        return given
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(random_password())
    return kept.read_text().strip()


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if not Project.objects.exists():
        print("Loading the demo ...", flush=True)
        call_command("load_demo", password=demo_password())
    call_command("demo_welcome", address=settings.BASE_URL, password=demo_password())
    Server().run()


if __name__ == "__main__":
    main()
