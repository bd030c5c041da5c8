"""From the columns of a table, or a flat record, to the neutral form."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from .items import FIELDS, ItemForm, validate_item
from .limits import DEFAULT_LIMITS, Limits
from .problems import FieldError, Problem, RowError, gettext_noop, row_error
from .rows import Row, RowResult

NUMBERED = re.compile(r"(response|model|url)(?:_([1-9][0-9]?))?")
EXCERPT_CHARS = 120
PREFIXED = re.compile(r"(slice|meta):(.+)", re.DOTALL)
# Cells of these columns hold JSON when the file itself has only texts.
JSON_COLUMNS = ("messages", "responses", "contexts", "attachments", "slices", "meta")

NOT_JSON = gettext_noop("The cell is not valid JSON: %(reason)s. Write it as %(example)s.")
REPEATED = gettext_noop(
    "The item “%(item_id)s” stands in row %(first)s already, with other content. Give each item "
    "its own id."
)
BOTH_FORMS = gettext_noop(
    "The row has both “responses” and columns for single responses. Keep one of the two."
)
META_CLASH = gettext_noop("The field is also in meta. Keep one of the two.")

EXAMPLES = {
    "messages": '[{"role": "user", "content": "…"}]',
    "responses": '[{"model": "…", "text": "…"}]',
    "contexts": '["…"]',
    "attachments": '[{"name": "…"}]',
    "slices": '{"language": "de"}',
    "meta": '{"source": "…"}',
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A valid item and where it stands.

    `moved` names the fields outside the neutral form, which were kept in meta.
    `repeats` is the row in which the same item, id and content, stood before.
    """

    number: int
    form: ItemForm
    moved: tuple[str, ...]
    repeats: int | None = None


def read_items(
    rows: Iterable[RowResult],
    *,
    text_table: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[ItemRow | RowError]:
    """Items out of rows; an id that comes again is an error if its content differs.

    `text_table` is true when cells are texts without structure (CSV, XLSX):
    then empty cells are absent fields and some columns are parsed as JSON.
    """
    seen = _SeenItems()
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        read = _item(row, text_table, limits)
        if isinstance(read, RowError):
            yield read
            continue
        yield seen.checked(read)


class _SeenItems:
    """Rows and contents by id, packed: 200,000 of them take some 25 MB."""

    HASH_BITS = 64

    def __init__(self) -> None:
        self._packed: dict[str, int] = {}

    def checked(self, row: ItemRow) -> ItemRow | RowError:
        item_id = row.form.item_id
        mark = int(row.form.content_hash[: self.HASH_BITS // 4], 16)
        packed = self._packed.setdefault(item_id, row.number << self.HASH_BITS | mark)
        first, first_mark = packed >> self.HASH_BITS, packed & (2**self.HASH_BITS - 1)
        if first == row.number:
            return row
        if first_mark == mark:
            return replace(row, repeats=first)
        return row_error(row.number, "item_id", REPEATED, item_id=item_id, first=first)


def _item(row: Row, text_table: bool, limits: Limits) -> ItemRow | RowError:
    data, moved, errors = to_neutral(row.data, text_table=text_table)
    form = validate_item(data, limits=limits)
    if isinstance(form, list):
        known = {each.field for each in errors}
        errors += [each for each in form if each.field not in known]
    if errors or isinstance(form, list):
        return RowError(row.number, tuple(errors), excerpt=_excerpt(row.data, errors[0].field))
    return ItemRow(row.number, form, moved)


def _excerpt(data: dict[str, Any], field: str) -> str:
    """What the file has in the field, short and printable."""
    value = data.get(re.split(r"[.\[]", field)[0], "")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    short = text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS]}…"
    return "".join(char if char.isprintable() else "�" for char in short)


def to_neutral(
    data: dict[str, Any], *, text_table: bool
) -> tuple[dict[str, Any], tuple[str, ...], list[FieldError]]:
    """The neutral form, the fields moved into meta, and what could not be read."""
    errors: list[FieldError] = []
    if text_table:
        data = _parsed_cells(data, errors)
    neutral = {name: data[name] for name in data if name in FIELDS}
    flat: dict[str, Any] = {}
    moved: list[str] = []
    for name, value in data.items():
        if name in FIELDS:
            continue
        if NUMBERED.fullmatch(name):
            flat[name] = value
        elif prefixed := PREFIXED.fullmatch(name):
            _put(neutral, prefixed.group(1), prefixed.group(2), value, errors)
        elif value is not None:
            moved.append(name)
            _put(neutral, "meta", name, value, errors)
    _add_responses(neutral, flat, errors)
    return neutral, tuple(moved), errors


def _parsed_cells(data: dict[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for name, cell in data.items():
        if cell in (None, "") and not NUMBERED.fullmatch(name):
            continue
        parsed[name] = _json_cell(name, cell, errors) if name in JSON_COLUMNS else cell
    return parsed


def _json_cell(name: str, cell: object, errors: list[FieldError]) -> object:
    if not isinstance(cell, str):
        return cell
    if name == "contexts" and not cell.lstrip().startswith("["):
        return [cell]  # one context as plain text
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", type(error).__name__)
        problem = Problem(NOT_JSON, {"reason": reason, "example": EXAMPLES[name]})
        errors.append(FieldError(name, problem))
        return None


def _put(
    neutral: dict[str, Any],
    part: str,
    name: str,
    value: object,
    errors: list[FieldError],
) -> None:
    """Put a flat field into `slices` or `meta` without changing the row itself."""
    field = "slices" if part == "slice" else "meta"
    present = neutral.get(field)
    if present is not None and not isinstance(present, dict):
        return  # the wrong type is reported by the validation
    if present and name in present:
        errors.append(FieldError(f"{field}.{name}", Problem(META_CLASH)))
    neutral[field] = {**(present or {}), name: value}


def _add_responses(neutral: dict[str, Any], flat: dict[str, Any], errors: list[FieldError]) -> None:
    used = {name: value for name, value in flat.items() if value is not None}
    if neutral.get("responses") is not None:
        if any(used.values()):
            errors.append(FieldError("responses", Problem(BOTH_FORMS)))
    elif any(name.startswith("response") for name in flat):
        neutral["responses"] = _numbered_responses(flat)


def _numbered_responses(flat: dict[str, Any]) -> list[dict[str, Any]]:
    """`response`, `response_1`, `response_2` … in the order of their numbers.

    An empty cell is an empty answer. Only at the end, where the file has a
    column for the model and that is empty too, there is no response at all.
    """
    keys = sorted({_key(name) for name in flat if name.startswith("response")})
    responses = [_flat_response(number, flat) for number in keys]
    while len(responses) > 1 and _is_absent(keys[len(responses) - 1], flat):
        responses.pop()
    return responses


def _key(name: str) -> int:
    matched = NUMBERED.fullmatch(name)
    return int(matched.group(2) or 0) if matched else 0


def _named(part: str, number: int) -> str:
    return f"{part}_{number}" if number else part


def _flat_response(number: int, flat: dict[str, Any]) -> dict[str, Any]:
    text = flat.get(_named("response", number))
    response: dict[str, Any] = {"text": "" if text is None else text}
    for part in ("model", "url"):
        if value := flat.get(_named(part, number)):
            response[part] = value
    return response


def _is_absent(number: int, flat: dict[str, Any]) -> bool:
    model = _named("model", number)
    return model in flat and not flat[model] and not flat.get(_named("response", number))
