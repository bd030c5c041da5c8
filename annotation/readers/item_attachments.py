"""The files that an item names: what they are called, and to which part of it they belong."""

from collections.abc import Mapping
from typing import Any

from .checks import Checker
from .problems import gettext_noop

FIELDS = ("name", "description", "response", "turn")

NO_NAME = gettext_noop("The attachment has no name. Give the name of the file in the ZIP.")
NO_PART = gettext_noop(
    "There is no %(part)s %(given)s in this item. Count from 1, or leave the field out."
)
BOTH = gettext_noop("The attachment belongs to a response and to a turn. Keep one of the two.")


def read_attachments(
    value: object, check: Checker, *, n_responses: int, n_turns: int
) -> list[dict[str, Any]]:
    entries = check.entries("attachments", value, check.limits.attachments)
    counts = {"response": n_responses, "turn": n_turns}
    return [_attachment(f"attachments[{n}]", each, check, counts) for n, each in enumerate(entries)]


def _attachment(
    path: str, value: object, check: Checker, counts: Mapping[str, int]
) -> dict[str, Any]:
    given = check.members(path, value)
    if not isinstance(value, dict):
        return {}
    check.known(path, given, FIELDS)
    read = read_file(path, given, check)
    if given.get("response") is not None and given.get("turn") is not None:
        check.add(path, BOTH)
    for part, n_parts in counts.items():
        number = given.get(part)
        if number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= n_parts:
            check.add(f"{path}.{part}", NO_PART, part=part, given=str(number)[:20])
        else:
            read[part] = number
    return read


def read_file(path: str, given: Mapping[str, Any], check: Checker) -> dict[str, Any]:
    """{name, description?} of a file that comes along in the ZIP."""
    if given.get("name") in (None, ""):
        check.add(f"{path}.name", NO_NAME)
        return {}
    read: dict[str, Any] = {"name": check.name(f"{path}.name", given["name"])}
    if given.get("description") is not None:
        read["description"] = check.text(f"{path}.description", given["description"])
    return read
