"""What is odd in an item, named to the lead: it is shown all the same, bounded and inert.

Found once, when the item is imported, from its content alone; lists show what was found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.parts import MAX_TURNS
from annotation.presentation import MAX_CONTEXTS
from annotation.presented_calls import readable
from annotation.rendering import MAX_RENDERED, MAX_SHOWN

LABELS: Final[Mapping[str, Promise]] = {
    "missing_attachment": _("Attachment missing"),
    "empty_response": _("Empty response"),
    "same_responses": _("Responses are the same"),
    "unknown_role": _("Unknown role"),
    "unbalanced_code": _("Code block not closed"),
    "hidden_characters": _("Hidden characters"),
    "raw_html": _("HTML shown as text"),
    "too_long_to_format": _("Too long to be formatted"),
    "cut_text": _("Text cut off"),
    "many_turns": _("More turns than are shown"),
    "many_contexts": _("More contexts than are shown"),
}
ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool"})
FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
CODE: Final = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1[`~]*\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL
)
HTML: Final = re.compile(
    r"</?(?:a|b|br|body|button|div|details|embed|font|form|h[1-6]|head|hr|html|i|iframe|img|input"
    r"|link|li|meta|object|ol|p|pre|script|span|strong|style|svg|table|td|tr|u|ul|video)"
    r"(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
# Direction controls and characters without width; joiners and emoji selectors do their work.
HIDDEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)


def problem_parts(content: Mapping[str, Any], reference: Any = None) -> dict[str, list[str]]:
    """{code: parts of the item in which it was found}; "" stands for the item as a whole."""
    found: dict[str, list[str]] = {}
    for code, part in _found(content, reference):
        found.setdefault(code, []).append(part)
    return {code: found[code] for code in LABELS if code in found}


def _found(content: Mapping[str, Any], reference: Any) -> Iterator[tuple[str, str]]:
    messages, responses = content.get("messages") or [], content.get("responses") or []
    contexts = content.get("contexts") or []
    if any(each.get("kind") == "missing" for each in content.get("attachments") or ()):
        yield "missing_attachment", ""
    if len(messages) > MAX_TURNS:
        yield "many_turns", ""
    if len(contexts) > MAX_CONTEXTS:
        yield "many_contexts", ""
    yield from _in_responses(responses)
    for n, message in enumerate(messages, start=1):
        if message.get("role") not in ROLES:
            yield "unknown_role", f"turn_{n}"
    for part, text in _texts(messages, responses, contexts, reference):
        for code in _in_text(text):
            yield code, part


def _in_responses(responses: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for n, response in enumerate(responses, start=1):
        if not readable(response.get("text", "")).strip() and not response.get("tool_calls"):
            yield "empty_response", f"response_{n}"
    bodies = [(readable(each.get("text", "")), str(each.get("tool_calls"))) for each in responses]
    if len(set(bodies)) < len(bodies):
        yield "same_responses", ""


def _texts(
    messages: Iterable[Mapping[str, Any]],
    responses: Iterable[Mapping[str, Any]],
    contexts: Iterable[Any],
    reference: Any,
) -> Iterator[tuple[str, str]]:
    for n, message in enumerate(messages, start=1):
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"text": content}]:
            text = part.get("text") if isinstance(part, Mapping) else None
            if isinstance(text, str):
                yield f"turn_{n}", text
    for n, response in enumerate(responses, start=1):
        yield f"response_{n}", readable(response.get("text", ""))
    for n, context in enumerate(contexts, start=1):
        text = context.get("text", "") if isinstance(context, Mapping) else context
        yield f"context_{n}", readable(text)
    if isinstance(reference, str):
        yield "reference", reference


def _in_text(text: str) -> Iterator[str]:
    if not text.isascii() and HIDDEN.search(text):
        yield "hidden_characters"
    if len(text) > MAX_SHOWN:
        yield "cut_text"
    elif len(text) > MAX_RENDERED:
        yield "too_long_to_format"
    if ("```" in text or "~~~" in text) and _is_unbalanced(text):
        yield "unbalanced_code"
    if "<" in text and HTML.search(CODE.sub("", text)):
        yield "raw_html"


def _is_unbalanced(text: str) -> bool:
    """Whether a fence stays open: one is closed by its own kind, as long, with nothing after."""
    fence = ""
    for marks, rest in FENCE.findall(text):
        if not fence:
            fence = marks if "`" not in rest or marks[0] == "~" else ""
        elif marks.startswith(fence) and not rest.strip():
            fence = ""
    return bool(fence)
