"""Fields in the words of those callers who put everything at the root of a body."""

import re
from collections.abc import Mapping

from serve_app.errors import InvalidInput

_NAME = re.compile(r"\w+")
_SPOKEN = re.compile(r"(`?)(\w+)")


def at_root(error: InvalidInput, where: str, words: Mapping[str, str]) -> InvalidInput:
    """A fault inside of `where` as one of the body itself, where its names are those of `words`."""
    message = in_words(error.message.replace(f"`{where}.", "`").removeprefix(f"`{where}`: "), words)
    field = (error.field or "").removeprefix(f"{where}.")
    if field == where:
        # About several fields at once: the message begins with the first of them.
        field = next((name for name in _NAME.findall(message) if name in words.values()), "")
    return type(error)(message, renamed(field, words) or None)


def renamed(field: str, words: Mapping[str, str]) -> str:
    """A path into the body, whose first name is another one for the caller."""
    name = _NAME.match(field)
    return words.get(name[0], name[0]) + field[name.end() :] if name else field


def in_words(message: str, words: Mapping[str, str]) -> str:
    """A sentence with the caller's names; only what cannot be an ordinary word is taken for a name."""

    def put(found: re.Match[str]) -> str:
        mark, name = found.groups()
        return mark + (words.get(name, name) if mark or "_" in name else name)

    return _SPOKEN.sub(put, message)
