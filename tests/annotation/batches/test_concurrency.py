"""Deliveries that arrive or are read at the same moment (T41, T60)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connections

from annotation.models import Batch, Item
from annotation.services.batches import import_items, read_batch, receive_batch
from tests.annotation.readers.files import item, jsonl
from tests.factories import make_project

pytestmark = pytest.mark.django_db(transaction=True)

N = 4


def together(work):
    """Run `work(n)` for n in 0..N-1 at once; the results in that order."""
    barrier = Barrier(N)

    def one(n):
        barrier.wait()
        try:
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(N) as pool:
        return list(pool.map(one, range(N)))


def test_same_bytes_sent_at_once_are_one_batch_and_one_stored_file():
    project = make_project()
    before = stored_files()
    results = together(
        lambda _: receive_batch(project=project, file=jsonl(item("a")), original_name="x.jsonl")
    )
    assert len({batch.pk for batch, _ in results}) == Batch.objects.count() == 1
    assert [is_new for _, is_new in results].count(True) == 1
    assert len(stored_files() - before) == 1


def stored_files():
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_one_batch_read_by_several_workers_is_stored_once():
    project = make_project()
    records = [item(f"q{n}") for n in range(50)]
    batch, _ = receive_batch(project=project, file=jsonl(*records), original_name="x.jsonl")
    reports = together(lambda _: read_batch(batch=Batch.objects.get(pk=batch.pk)))
    assert {(r.created, r.duplicates) for r in reports} == {(50, 0)}
    assert Item.objects.count() == 50


def test_files_with_the_same_new_items_leave_each_item_once():
    project = make_project()
    shared = [item(f"q{n}") for n in range(2000)]
    reports = together(
        lambda n: import_items(project=project, source=jsonl(*shared, item(f"own-{n}")))
    )
    assert Item.objects.count() == 2000 + N
    assert sorted(r.created for r in reports) == [1, 1, 1, 2001]
    assert all(r.created + r.duplicates == 2001 for r in reports)
