"""Deliveries of items: received whole, read once, stored all together or not at all."""

from annotation.services.batches.importing import import_items
from annotation.services.batches.reading import read_batch
from annotation.services.batches.receiving import (
    IMPORT_BATCH,
    BatchRefused,
    receive_batch,
    retry_batch,
)
from annotation.services.batches.report import BatchReport

__all__ = [
    "IMPORT_BATCH",
    "BatchRefused",
    "BatchReport",
    "import_items",
    "read_batch",
    "receive_batch",
    "retry_batch",
]
