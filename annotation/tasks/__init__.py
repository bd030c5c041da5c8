"""Background work of this app; a worker imports this module to find it."""

from annotation.tasks import batches, leases

__all__ = ["batches", "leases"]
