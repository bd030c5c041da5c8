"""One spelling of a JSON value, and its hash: the identity of items, rubrics and records."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, no escapes beyond JSON's own; NaN and infinities are refused."""
    return json.dumps(
        value,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def hash_token(token: str) -> str:
    """SHA-256 of a random token; enough for 256 random bits, which no list of guesses reaches."""
    return hashlib.sha256(token.encode()).hexdigest()
