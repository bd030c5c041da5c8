"""One text of an item as templates take it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils.safestring import SafeString

from annotation.rendering.markdown import render_markdown
from annotation.rendering.plain import MAX_SHOWN, render_plain

LONG: Final = 6_000  # characters from which a text scrolls in a frame of its own


@dataclass(frozen=True)
class PresentedText:
    """A text as a rater may see it. `source` is the text itself, exactly."""

    source: str

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
        return render_markdown(self.source)

    @cached_property
    def raw(self) -> SafeString:
        return render_plain(self.source)
