from accounts.models.audit import AuditEvent
from accounts.models.job import Job
from accounts.models.person import ApiToken, Invitation, User
from accounts.models.project import Membership, Project, Vendor
from accounts.models.request import IdempotentRequest

__all__ = [
    "ApiToken",
    "AuditEvent",
    "IdempotentRequest",
    "Invitation",
    "Job",
    "Membership",
    "Project",
    "User",
    "Vendor",
]
