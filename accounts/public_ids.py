"""Ids that appear in addresses: random, so that nothing can be guessed or dated (T04)."""

import secrets


def new_public_id() -> str:
    """22 characters, 128 random bits."""
    return secrets.token_urlsafe(16)
