"""Ids that appear in addresses: random, so that nothing can be guessed or dated (T04)."""

import secrets
import string

ALPHABET = string.digits + string.ascii_letters
LENGTH = 22


def new_public_id() -> str:
    """22 letters and digits, 128 random bits; never begins like a command's option."""
    number, characters = secrets.randbits(128), []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return "".join(characters)
