"""What a cell of a table holds, so that no spreadsheet runs it."""

import json
import re
from typing import Any

# A text is given a leading apostrophe when it starts like a formula or with an apostrophe, so
# that taking one away restores every text. Numbers stay numbers: they can't be formulas.
DANGEROUS = re.compile(r"['\t\r\n]|\s*[=+\-@＝＋－＠]")


def neutralised(text: str) -> str:
    return f"'{text}" if DANGEROUS.match(text) else text


def csv_cell(value: Any) -> str:
    """Texts neutralised, numbers as JSON spells them, lists as JSON."""
    return neutralised(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
