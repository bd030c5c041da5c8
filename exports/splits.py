"""Which labels may tune a judge and which are looked at once.

An item's split follows from its group alone, so near-duplicates never straddle two splits, and
an item keeps its split in every later release.
"""

import hashlib

from accounts.canonical import content_hash
from exports.choices import Split

# Upper ends of the shares: half, a fifth, the rest.
ENDS = ((0.5, Split.CALIBRATION), (0.7, Split.VALIDATION), (1.0, Split.TEST))
DIGITS = 15  # hexadecimal digits of the hash: 60 bits
RULE = (
    "u = first 15 hexadecimal digits of sha256(salt:key) over 16^15, key = group or item_id; "
    "calibration u < 0.5, validation u < 0.7, test otherwise"
)


def split_salt(project_public_id: str) -> str:
    """The same for every release of a project."""
    return content_hash(["gold split", project_public_id])[:32]


def split_of(*, salt: str, group: str) -> Split:
    digest = hashlib.sha256(f"{salt}:{group}".encode()).hexdigest()
    share = int(digest[:DIGITS], 16) / 16**DIGITS
    return next(split for end, split in ENDS if share < end or end == 1.0)
