"""The neutral form of an item, checked field by field."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.canonical import canonical_json

from .characters import may_hold_forbidden
from .checks import Checker
from .item_attachments import read_attachments
from .item_parts import (
    read_contexts,
    read_messages,
    read_meta,
    read_responses,
    read_slices,
)
from .limits import DEFAULT_LIMITS, Limits
from .problems import FieldError, gettext_noop

FIELDS = frozenset(
    (
        "item_id",
        "messages",
        "prompt",
        "responses",
        "reference",
        "contexts",
        "attachments",
        "group",
        "slices",
        "meta",
    )
)

MISSING = gettext_noop("The field is missing. Give every item %(what)s.")
BOTH = gettext_noop("The item has both a prompt and messages. Keep one of them.")
NOT_ID = gettext_noop("The id is %(kind)s. Write it as text or as a whole number.")
EMPTY_ID = gettext_noop("The id is empty. Give every item an id that is unique in the project.")
SPACED_ID = gettext_noop(
    "The id begins or ends with white space, or holds an invisible character. Remove it."
)


@dataclass(frozen=True, slots=True)
class ItemForm:
    """A valid item. Lists and objects hold plain JSON values.

    A prompt is one message of the user, so both spellings of an item are one.
    `group` joins items that must not be told apart by chance: sentences of one
    summary, paraphrases of one prompt. `content_hash` is the SHA-256 of the
    content's canonical JSON: the same whatever file format it came in.
    """

    item_id: str
    messages: list[dict[str, Any]]
    responses: list[dict[str, Any]]
    reference: str | None = None
    contexts: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    group: str = ""
    slices: dict[str, str] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    content_hash: str = field(default="", compare=False)

    def content(self) -> dict[str, Any]:
        """Everything but the id; what is absent is left out."""
        parts = {
            "messages": self.messages,
            "responses": self.responses,
            "reference": self.reference,
            "contexts": self.contexts or None,
            "attachments": self.attachments or None,
            "group": self.group or None,
            "slices": self.slices or None,
            "meta": self.meta or None,
        }
        return {name: value for name, value in parts.items() if value is not None}


def validate_item(
    data: Mapping[str, Any], *, limits: Limits = DEFAULT_LIMITS
) -> ItemForm | list[FieldError]:
    """The item that `data` (the neutral form) describes, or what is wrong with it.

    Fields outside the neutral form are ignored here: `columns.to_neutral` keeps
    them under `meta`.
    """
    check = Checker(limits)
    form = _read(data, check)
    if check.errors:
        return check.errors
    canonical = _canonical(form, check)
    if may_hold_forbidden(canonical):
        check.forbidden("", form.content())
    if check.errors:
        return check.errors
    return replace(form, content_hash=hashlib.sha256(canonical.encode()).hexdigest())


def _read(data: Mapping[str, Any], check: Checker) -> ItemForm:
    messages, prompt = data.get("messages"), data.get("prompt")
    item_id = _item_id(data.get("item_id"), check)
    if messages is not None and prompt is not None:
        check.add("prompt", BOTH)
    elif messages is None and prompt is None:
        check.add("prompt", MISSING, what=gettext_noop("a prompt or messages"))
    if data.get("responses") is None:
        check.add("responses", MISSING, what=gettext_noop("at least one response"))
    asked = _messages(messages, prompt, check)
    responses = read_responses(data.get("responses"), check)
    return ItemForm(
        item_id=item_id,
        messages=asked,
        responses=responses,
        reference=check.optional_text("reference", data.get("reference")),
        contexts=read_contexts(data.get("contexts"), check),
        attachments=read_attachments(
            data.get("attachments"), check, n_responses=len(responses), n_turns=len(asked)
        ),
        group=check.name("group", data.get("group") or ""),
        slices=read_slices(data.get("slices"), check),
        meta=read_meta(data.get("meta"), check),
    )


def _messages(messages: object, prompt: object, check: Checker) -> list[dict[str, Any]]:
    if messages is not None:
        return read_messages(messages, check)
    if prompt is not None:
        return [{"role": "user", "content": check.text("prompt", prompt)}]
    return []


def _item_id(value: object, check: Checker) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        check.add("item_id", EMPTY_ID)
        return ""
    if not isinstance(value, str):
        check.add("item_id", NOT_ID, kind=check.kind(value))
        return ""
    if value != value.strip() or not value.replace(" ", "").isprintable():
        check.add("item_id", SPACED_ID)
    check.length("item_id", value, check.limits.id_chars)
    return value


def _canonical(form: ItemForm, check: Checker) -> str:
    try:
        return canonical_json(form.content())
    except ValueError:
        check.not_finite("", form.content())
        return ""
