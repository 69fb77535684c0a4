"""The content of a message as a template takes it: one text, parts, or a text with a mark for each image."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serve_app.tasks.kit import Kit

Content = str | Sequence[Mapping[str, Any]]
Write = Callable[[Content], Any]
# A template that goes through parts asks each for its type, by this name.
_READS_IMAGES = re.compile(r"""['"]image""")


def written_for(template: str, kit: Kit) -> Write:
    """How contents are put for this template."""
    if kit.processor is None:
        return one_text
    if _READS_IMAGES.search(template):
        return _parts
    return lambda content: one_text(content, getattr(kit.processor, "image_token", ""))


def one_text(content: Content, mark: str = "") -> str:
    """The texts line by line, and a mark where an image stands."""
    if isinstance(content, str):
        return content
    return "\n".join(piece["text"] if piece["type"] == "text" else mark for piece in content)


def _parts(content: Content) -> list[dict[str, str]]:
    """Without the images themselves, which go to the processor."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [
        {"type": "text", "text": piece["text"]} if piece["type"] == "text" else {"type": "image"} for piece in content
    ]
