"""The product's settings on databases and folders that this test run makes and removes."""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from tests.services import start_postgres

# Workers of a parallel run inherit what the first process has set up.
if "CONCORD_TEST_DIR" not in os.environ:
    folder = tempfile.mkdtemp(prefix="concord-tests-")
    os.environ["CONCORD_TEST_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.environ.get("CONCORD_TEST_DATABASE", "sqlite") == "postgres":
        os.environ["DATABASE_URL"] = start_postgres(Path(folder) / "postgres")
    else:
        os.environ.pop("DATABASE_URL", None)

TEST_DIR = Path(os.environ["CONCORD_TEST_DIR"])
os.environ["VAR_DIR"] = str(TEST_DIR / f"var-{os.getpid()}")
os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
for name in ("CELERY_BROKER_URL", "CONCORD_MODE", "DEBUG", "ALLOWED_HOSTS", "BASE_URL"):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and processes share it as they do in service.
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_DIR / "test.sqlite3")}
# Threads of the tests end without telling their connections.
DATABASES["default"]["CONN_MAX_AGE"] = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
WHITENOISE_AUTOREFRESH = True
