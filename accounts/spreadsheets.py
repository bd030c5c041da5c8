"""Cells that a spreadsheet can open without running anything in them (T32).

A text gets a leading apostrophe when it begins with an apostrophe, a tab or a line end, or when
its first visible character is one of = + - @ (full-width ones included). Taking one apostrophe
away from every cell that has one restores the exact text. Numbers can't be formulas.
"""

import re

DANGEROUS = re.compile(r"['\t\r\n]|\s*[=+\-@＝＋－＠]")


def neutralised(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restored(cell: str) -> str:
    """The exact text behind a neutralised cell."""
    return cell.removeprefix("'")
