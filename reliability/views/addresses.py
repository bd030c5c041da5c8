"""Addresses of the reliability pages: each figure's way to the judgments behind it."""

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from annotation.models import Round


def address(name: str, round_: Round, **parts: str) -> str:
    place = {"project": round_.project.slug, "round": round_.public_id}
    return reverse(f"reliability:{name}", kwargs=place | parts)


def judgments_url(
    round_: Round,
    criterion: str,
    *,
    raters: tuple[str, ...] = (),
    values: tuple[Any, ...] = (),
    only_split: bool = False,
    **more: str,
) -> str:
    """The list of judgments behind a figure: its filters stand in the address."""
    query = [("criterion", criterion)]
    query += [("rater", rater) for rater in raters]
    query += [("value", value_in_address(value)) for value in values]
    query += [("split", "1")] if only_split else []
    query += [(name, value) for name, value in more.items() if value]
    return f"{address('judgments', round_)}?{urlencode(query)}"


def value_in_address(value: Any) -> str:
    """A point as text; a set or ranking as JSON."""
    return json.dumps(value) if isinstance(value, list | tuple) else str(value)


def file_url(round_: Round, criterion: str, table: str) -> str:
    """One table of a criterion's page as CSV."""
    query = urlencode({"criterion": criterion, "table": table})
    return f"{address('figures_file', round_)}?{query}"
