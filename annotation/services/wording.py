"""What people write to each other: checked once for questions, answers, comments and notices."""

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from annotation.criteria import specs_of
from annotation.models import Round

MOST_CHARACTERS = 4_000


def checked_text(text: str, field: str, *, required: bool = True) -> str:
    """`text` without the blanks around it. Raises Invalid that names `field`."""
    text = text.replace("\r\n", "\n").strip()
    if required and not text:
        raise _invalid(field, _("Write something first."))
    if len(text) > MOST_CHARACTERS:
        raise _invalid(field, _("Keep it under 4,000 characters."))
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _invalid(field, _("The text holds a character that can't be stored."))
    return text


def known_criterion(round_: Round, key: str) -> None:
    """Raises Invalid unless `key` is "" or a criterion of the round's rubric."""
    if key and all(spec.key != key for spec in specs_of(round_.rubric_version)):
        raise _invalid("criterion", _("The rubric has no such criterion."))


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, fields={field: [message]})
