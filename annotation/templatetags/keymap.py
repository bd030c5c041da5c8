"""Keys of the labeling page as the person set them: the dialog's rows, badges and attributes."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from annotation.keymap import KeyRow, keys_of, rows_by_group, shortcut_text, shown_key

register = template.Library()


@register.simple_tag(takes_context=True)
def key_rows(context: Context) -> list[tuple[Promise, list[KeyRow]]]:
    """{% key_rows as groups %}: (heading, rows) for the help dialog."""
    return list(rows_by_group(context.get("user")))


@register.simple_tag(takes_context=True)
def key_cap(context: Context, command: str) -> SafeString:
    """{% key_cap "undo" %}: the badge of a command's first key; nothing when it has none."""
    keys = _keys(context, command)
    if not keys or not _shows_hints(context):
        return SafeString("")
    return format_html('<kbd aria-hidden="true">{}</kbd>', shown_key(keys[0]))


@register.simple_tag(takes_context=True)
def shortcuts(context: Context, command: str) -> SafeString:
    """{% shortcuts "undo" %}: the attribute aria-keyshortcuts with the person's keys."""
    keys = _keys(context, command)
    return format_html(' aria-keyshortcuts="{}"', shortcut_text(keys)) if keys else SafeString("")


@register.simple_tag
def key_caps(row: KeyRow) -> SafeString:
    """Every key of a row of the dialog."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((cap,) for cap in row.caps))


def _keys(context: Context, command: str) -> tuple[str, ...]:
    keys: dict[str, tuple[str, ...]] = keys_of(context.get("user"))
    return keys[command]


def _shows_hints(context: Context) -> bool:
    preferences: dict[str, Any] = getattr(context.get("user"), "preferences", {})
    return preferences.get("key_hints") is not False
