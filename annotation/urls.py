"""Pages of batches, judging and rounds, below /projects/<project>/."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "annotation"

PARTS = ("annotation.urls_batches", "annotation.urls_judge", "annotation.urls_rounds")


def _patterns() -> list[URLPattern | URLResolver]:
    return [
        pattern
        for name in PARTS
        if find_spec(name) is not None
        for pattern in import_module(name).urlpatterns
    ]


urlpatterns: list[URLPattern | URLResolver] = _patterns()
