"""Background work of this app; a worker imports this module to find it."""

from annotation.tasks import leases

__all__ = ["leases"]
