"""What a cell of a table holds, so that no spreadsheet runs it."""

import json
from typing import Any

from accounts.spreadsheets import neutralised


def csv_cell(value: Any) -> str:
    """Texts neutralised, numbers as JSON spells them, lists as JSON."""
    return neutralised(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
