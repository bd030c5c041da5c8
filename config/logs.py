"""Log lines that hold exactly one event each, whatever a message contains."""

import logging
from typing import override


class OneLineFormatter(logging.Formatter):
    """Control characters are escaped, so that no input can forge a second line (T34)."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:  # logging names it
        line = super().formatMessage(record)
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
