"""One text of an item as templates take it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.utils.safestring import SafeString

from annotation.rendering.budget import Allowance
from annotation.rendering.markdown import render_code, render_markdown
from annotation.rendering.plain import MAX_SHOWN, render_parts, render_plain, written_out
from annotation.rendering.structure import as_json, render_json

CHARACTERS_A_STEP: Final = 4  # of JSON, whose trees take their time too
LONG: Final = 6_000  # characters from which a text scrolls in a frame of its own


@dataclass(frozen=True)
class PresentedText:
    """A text as a rater may see it. `source` is the text itself, exactly.

    allowance: shared with the other texts of a page; None: this one has its own.
    """

    source: str
    allowance: Allowance | None = field(default=None, compare=False, repr=False, kw_only=True)

    @property
    def is_empty(self) -> bool:
        return not self.source.strip()

    @property
    def is_long(self) -> bool:
        return len(self.source) > LONG

    @property
    def is_cut(self) -> bool:
        return len(self.source) > MAX_SHOWN

    @cached_property
    def html(self) -> SafeString:
        """Formatted: JSON as a tree, everything else as Markdown."""
        value = self._json
        if value is None:
            return render_markdown(self.source, allowance=self.allowance)
        return render_json(value)

    @cached_property
    def raw(self) -> SafeString:
        return render_plain(self.source)

    @cached_property
    def raw_parts(self) -> SafeString:
        return render_parts(self.source)

    @cached_property
    def marked_html(self) -> SafeString:
        """Formatted, and every piece of it says where in the source it stands."""
        if self._json is not None:
            return render_code(self.source, "json", marks=True)
        return render_markdown(self.source, marks=True, allowance=self.allowance)

    @property
    def _json(self) -> Any:
        """What the text says as JSON, if it is that and may still be drawn as such."""
        if self.allowance is None:
            return as_json(self.source)
        value = as_json(self.source) if self.allowance.of_one else None
        if value is not None:
            self.allowance.take(len(self.source) // CHARACTERS_A_STEP)
        return value

    @cached_property
    def marked_raw(self) -> SafeString:
        return render_parts(self.source, marks=True)

    @property
    def written_out(self) -> SafeString:
        """The source for a script that quotes it."""
        return written_out(self.source)
