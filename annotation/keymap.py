"""The keys of the labeling page: which commands there are, and which keys a person gave them.

One list feeds the help dialog, the badges, the preferences page and, through the dialog's rows,
the script (static/concord/js/keys.js). A new command is one more entry in COMMANDS.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.models import User

PREFERENCE: Final = "keys"


class Group(StrEnum):
    """Where the help dialog lists a command."""

    ANSWER = "answer"
    MOVE = "move"
    ITEM = "item"
    WORK = "work"


GROUP_LABELS: Final[Mapping[Group, Promise]] = {
    Group.ANSWER: lazy("Answering"),
    Group.MOVE: lazy("Going on and back"),
    Group.ITEM: lazy("Item and rubric"),
    Group.WORK: lazy("Your work"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """What a key does on the labeling page.

    keys: as the script spells them: "a", "?", "ArrowDown", "Control+Enter", or "1-9".
    is_fixed: its keys stand beside the answers and can't be changed.
    works_while_typing: also inside a text box, where plain letters are text.
    does: the script's name for it where that is not `name`.
    """

    name: str
    label: Promise
    keys: tuple[str, ...]
    group: Group
    works_while_typing: bool = False
    is_fixed: bool = False
    does: str = ""

    @property
    def command(self) -> str:
        return self.does or self.name


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "choose",
        lazy("Choose an answer, and go to the next question"),
        ("1-9",),
        Group.ANSWER,
        is_fixed=True,
    ),
    Command(
        "choose_letter",
        lazy("A is better, B is better, equal; none of these"),
        ("a", "b", "e", "n"),
        Group.ANSWER,
        is_fixed=True,
        does="choose",
    ),
    Command(
        "cannot",
        lazy("Can't judge this question"),
        ("0",),
        Group.ANSWER,
        is_fixed=True,
        does="choose",
    ),
    Command("rationale", lazy("Write why"), ("r",), Group.ANSWER),
    Command("examples", lazy("Show or hide examples of the answers"), ("x",), Group.ANSWER),
    Command("mark_words", lazy("Mark words of a response"), ("m",), Group.ANSWER),
    Command("leave", lazy("Leave a text box"), ("Escape",), Group.ANSWER, works_while_typing=True),
    Command("next", lazy("Next question"), ("ArrowDown",), Group.MOVE),
    Command("previous", lazy("Question before"), ("ArrowUp",), Group.MOVE),
    Command("commit", lazy("Go on; submit when everything is answered"), ("Enter",), Group.MOVE),
    Command(
        "submit",
        lazy("Submit, also from inside a text box"),
        ("Control+Enter",),
        Group.MOVE,
        works_while_typing=True,
    ),
    Command("undo", lazy("Change the last judgment"), ("u",), Group.MOVE),
    Command("back", lazy("Your judgment before this"), ("ArrowLeft",), Group.MOVE),
    Command(
        "onward", lazy("Your judgment after this, or the item in hand"), ("ArrowRight",), Group.MOVE
    ),
    Command("page_down", lazy("Further down in the item"), ("PageDown",), Group.ITEM),
    Command("page_up", lazy("Further up in the item"), ("PageUp",), Group.ITEM),
    Command("guidelines", lazy("Open or close the guidelines"), ("g",), Group.ITEM),
    Command("raw", lazy("Raw or formatted text"), ("v",), Group.ITEM),
    Command("difference", lazy("Difference between the responses"), ("d",), Group.ITEM),
    Command("flag", lazy("Ask the lead about this item"), ("f",), Group.WORK),
    Command("precedents", lazy("How such cases were decided before"), ("w",), Group.ITEM),
    Command("pause", lazy("Pause: hide the item and stop the clock"), ("p",), Group.WORK),
    Command("history", lazy("Your judgments"), ("h",), Group.WORK),
    Command("help", lazy("This list"), ("?",), Group.WORK),
)

BY_NAME: Final[Mapping[str, Command]] = {command.name: command for command in COMMANDS}

ANSWER_KEYS: Final = tuple("123456789")
NAMED_KEYS: Final = frozenset(
    {
        "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown",
        "Enter", "Escape", "Backspace", "Delete", "Insert",
        "F2", "F4", "F8", "F9", "F10",
    }
)  # fmt: skip
# With Control only what no browser does anything of its own with that people would miss.
WITH_CONTROL: Final = NAMED_KEYS | set("bdegiuy.,/")
CONTROL: Final = "Control+"

SHOWN: Final[Mapping[str, str | Promise]] = {
    "1-9": "1 … 9",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "Escape": lazy("Esc"),
    "Enter": lazy("Enter"),
    "Backspace": lazy("Backspace"),
    "Delete": lazy("Del"),
    "Insert": lazy("Ins"),
    "Home": lazy("Home"),
    "End": lazy("End"),
    "PageUp": lazy("Page up"),
    "PageDown": lazy("Page down"),
}


# What lies before is on the right where text runs from right to left.
MIRRORED: Final = {"ArrowLeft": "ArrowRight", "ArrowRight": "ArrowLeft"}


def default_keys(command: Command) -> tuple[str, ...]:
    """Its keys until the person gives it others, in the direction of the page."""
    if not get_language_bidi():
        return command.keys
    return tuple(MIRRORED.get(key, key) for key in command.keys)


def keys_of(user: User | AnonymousUser | None) -> dict[str, tuple[str, ...]]:
    """The keys of every command for this person, by the command's name; no key stands twice.

    The person's own choice wins: a command that comes new with the key somebody uses for
    another one has no key for them until they give it one.
    """
    chosen = changes_of(user)
    taken = {key for keys in chosen.values() for key in keys}
    return {
        command.name: chosen[command.name]
        if command.name in chosen
        else tuple(key for key in default_keys(command) if key not in taken)
        for command in COMMANDS
    }


def changes_of(user: User | AnonymousUser | None) -> dict[str, tuple[str, ...]]:
    """What the person changed, as far as it still makes sense."""
    stored: Any = user.preferences.get(PREFERENCE) if isinstance(user, User) else None
    if not isinstance(stored, Mapping):
        return {}
    changes: dict[str, tuple[str, ...]] = {}
    taken = _fixed_keys()
    for name, keys in stored.items():
        command = BY_NAME.get(name)
        if command is None or command.is_fixed or not isinstance(keys, list):
            continue
        kept = [key for key in keys if _is_usable(command, key) and key not in taken]
        changes[name] = tuple(kept)
        taken.update(kept)
    return changes


def _is_usable(command: Command, key: Any) -> bool:
    return isinstance(key, str) and not objection(command, key)


def _fixed_keys() -> set[str]:
    return {key for command in COMMANDS if command.is_fixed for key in single_keys(command.keys)}


def single_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    """`keys` with "1-9" written out."""
    return tuple(single for key in keys for single in (ANSWER_KEYS if key == "1-9" else (key,)))


def holder_of(key: str, keys: Mapping[str, tuple[str, ...]]) -> Command | None:
    """The command that `key` belongs to among `keys`, as keys_of() gives them."""
    return next((BY_NAME[name] for name, held in keys.items() if key in single_keys(held)), None)


def objection(command: Command, key: str) -> str:
    """Why `key` can't stand for `command`, whoever else uses it; "" when it can."""
    has_control, plain = key.startswith(CONTROL), key.removeprefix(CONTROL)
    if has_control and plain not in WITH_CONTROL:
        return _("The browser needs this key for itself. Take another one.")
    if not _is_key(plain):
        return _("This key can't be used. Take a letter, a sign, an arrow or a function key.")
    if command.works_while_typing and not has_control and len(plain) == 1:
        return _("This works inside text boxes, so it needs Ctrl or a key that writes nothing.")
    return ""


def _is_key(plain: str) -> bool:
    if len(plain) == 1:
        return plain.isprintable() and not plain.isspace() and plain == plain.lower()
    return plain in NAMED_KEYS


def shown_key(key: str) -> str:
    """As a key cap says it: "U", "←", "Ctrl Enter"."""
    plain = key.removeprefix(CONTROL)
    shown = str(SHOWN.get(plain, plain.upper() if len(plain) == 1 else plain))
    return _("Ctrl %(key)s") % {"key": shown} if plain != key else shown


def shortcut_text(keys: tuple[str, ...]) -> str:
    """For aria-keyshortcuts: "U ArrowLeft"."""
    return " ".join(key.upper() if len(key) == 1 else key for key in single_keys(keys))


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One command of the help dialog with the keys that this person gave it."""

    command: Command
    keys: tuple[str, ...]

    @property
    def data_key(self) -> str:
        return " ".join(self.keys)

    @property
    def caps(self) -> list[str]:
        return [shown_key(key) for key in self.keys]

    @property
    def is_changed(self) -> bool:
        return self.keys != default_keys(self.command)


def rows_by_group(user: User | AnonymousUser | None) -> Iterator[tuple[Promise, list[KeyRow]]]:
    """(heading, rows) in the order of the dialog."""
    keys = keys_of(user)
    for group, label in GROUP_LABELS.items():
        rows = [KeyRow(each, keys[each.name]) for each in COMMANDS if each.group == group]
        if rows:
            yield label, rows
