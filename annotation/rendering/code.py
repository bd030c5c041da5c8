"""Code with its parts coloured, when its language is named; nothing is guessed."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from time import thread_time
from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, _TokenType

MAX_COLOURED: Final = 6_000  # characters of a block; longer ones are shown in one colour
# Of this thread's own time, for all blocks of a text: code that people write takes a hundredth,
# and what is made to be slow stays in one colour from there on.
MAX_SECONDS: Final = 0.1
# Lexers look back over what goes on and on, and take the square of its length.
_ENDLESS: Final = re.compile(r"[^\n]{400}|(?:[ \t]*\n){30}")

# Languages by the names that people write behind a fence, and the name shown.
LANGUAGES: Final = {
    "bash": ("bash", "Shell"),
    "c": ("c", "C"),
    "c++": ("cpp", "C++"),
    "cpp": ("cpp", "C++"),
    "c#": ("csharp", "C#"),
    "cs": ("csharp", "C#"),
    "csharp": ("csharp", "C#"),
    "css": ("css", "CSS"),
    "diff": ("diff", "Diff"),
    "dockerfile": ("docker", "Dockerfile"),
    "go": ("go", "Go"),
    "golang": ("go", "Go"),
    "haskell": ("haskell", "Haskell"),
    "html": ("html", "HTML"),
    "ini": ("ini", "INI"),
    "java": ("java", "Java"),
    "javascript": ("javascript", "JavaScript"),
    "js": ("javascript", "JavaScript"),
    "jsx": ("javascript", "JavaScript"),
    "json": ("json", "JSON"),
    "kotlin": ("kotlin", "Kotlin"),
    "lua": ("lua", "Lua"),
    "php": ("php", "PHP"),
    "powershell": ("powershell", "PowerShell"),
    "py": ("python", "Python"),
    "python": ("python", "Python"),
    "python3": ("python", "Python"),
    "r": ("r", "R"),
    "rb": ("ruby", "Ruby"),
    "ruby": ("ruby", "Ruby"),
    "rs": ("rust", "Rust"),
    "rust": ("rust", "Rust"),
    "sh": ("bash", "Shell"),
    "shell": ("bash", "Shell"),
    "sql": ("sql", "SQL"),
    "swift": ("swift", "Swift"),
    "toml": ("toml", "TOML"),
    "ts": ("typescript", "TypeScript"),
    "tsx": ("typescript", "TypeScript"),
    "typescript": ("typescript", "TypeScript"),
    "xml": ("xml", "XML"),
    "yaml": ("yaml", "YAML"),
    "yml": ("yaml", "YAML"),
    "zsh": ("bash", "Shell"),
}
_CLASSES: Final = (
    (Comment, "code-comment"),
    (Keyword.Type, "code-type"),
    (Keyword, "code-keyword"),
    (Operator.Word, "code-keyword"),
    (String, "code-string"),
    (Number, "code-number"),
    (Literal, "code-number"),
    (Name.Function, "code-name"),
    (Name.Class, "code-type"),
    (Name.Builtin, "code-type"),
    (Name.Tag, "code-keyword"),
    (Name.Attribute, "code-name"),
    (Name.Decorator, "code-name"),
)
CLASSES: Final = frozenset(name for _token, name in _CLASSES)

type Colours = list[tuple[int, int, str]]  # (begin, end, class), in order


def named_language(info: str) -> str:
    """What to call the code of a fence, "" when it says nothing."""
    word = _word(info)
    return LANGUAGES[word.lower()][1] if word.lower() in LANGUAGES else word[:30]


def colours(code: str, info: str, *, seconds: float = MAX_SECONDS) -> Colours:
    """Which stretches of the code have a colour; nothing for what is long or not known."""
    known = LANGUAGES.get(_word(info).lower())
    if known is None or len(code) > MAX_COLOURED or _ENDLESS.search(code):
        return []
    parts = list(_read(_lexer(known[0]), code, seconds))
    ends = [*(begin for begin, _kind, _text in parts), len(code)]
    return [
        (begin, min(end, begin + len(text)), name)
        for (begin, end), (_begin, kind, text) in zip(pairwise(ends), parts, strict=True)
        if (name := _class_of(kind)) and text.strip()
    ]


def _read(lexer: Lexer, code: str, seconds: float) -> Iterator[tuple[int, _TokenType, str]]:
    """Lexers can't be told to stop; what they found until time was up is enough."""
    end = thread_time() + seconds
    for found in lexer.get_tokens_unprocessed(code):
        yield found
        if thread_time() > end:
            return


def _word(info: str) -> str:
    return (info.split() or [""])[0].strip("{}.")


@cache
def _lexer(alias: str) -> Lexer:
    return get_lexer_by_name(alias)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for token, name in _CLASSES if kind in token), "")
