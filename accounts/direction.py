"""Figures inside text that runs from right to left."""

from django.utils.translation import get_language_bidi

# Puts the sign or the point that a figure begins with before its digits, and is not seen.
LEFT_TO_RIGHT_MARK = "\u200e"


def left_to_right(figure: str) -> str:
    """The figure as it reads everywhere: .84, or a sign and then digits."""
    begins_with_digit = figure[:1].isdigit()
    return figure if begins_with_digit or not get_language_bidi() else LEFT_TO_RIGHT_MARK + figure
