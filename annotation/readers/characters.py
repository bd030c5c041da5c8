"""Characters that no text may hold, and a quick look for them."""

import re

# Not allowed in any text: control characters other than tab and line ends (no
# spreadsheet or XML can carry them), halves of surrogate pairs, noncharacters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# How json writes such control characters; also found in texts about them.
ESCAPES = ("\\u00", "\\b", "\\f")


def may_hold_forbidden(canonical: str) -> bool:
    """Whether a canonical text needs a closer look; never misses one that does."""
    if any(escape in canonical for escape in ESCAPES):
        return True
    if "\ufffe" in canonical or "\uffff" in canonical:
        return True
    try:
        canonical.encode()
    except UnicodeEncodeError:
        return True
    return False
