"""A prompt with images in it goes through the model's processor: ids with places for the images, and their pixels."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from serve_app.errors import InvalidInput
from serve_app.tasks.base import Arrays
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.pictures import decode_images
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.seeing_input import images_of

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

# Some processors tell what would be learnt from a prompt as well.
_NO_FEATURES = ("input_ids", "attention_mask", "labels")
# By the names that processors have for what stands in a text for an image.
_MARKS = ("image_token", "boi_token")


class Seen(NamedTuple):
    """A prompt as its model takes it."""

    ids: list[int]
    features: Arrays

    @property
    def shapes(self) -> Hashable:
        """Prompts with equal shapes can be put one after the other."""
        length = len(self.ids)
        return tuple(
            (name, array.shape[1:] if array.shape[:2] != (1, length) else array.shape[2:])
            for name, array in sorted(self.features.items())
        )


def pictures_of(value: Any, kit: Kit) -> "list[Picture]":
    """The images of an input, decoded."""
    if isinstance(value, str):
        return []
    if "messages" in value:
        return decode_images(images_of(value["messages"]), kit.max_pixels)
    first = {"image": value["image"]} if "image" in value else {}
    more = {f"images[{place}]": data for place, data in enumerate(value.get("images", ()))}
    return decode_images(first | more, kit.max_pixels)


def written(value: str | Mapping[str, Any], images: int, kit: Kit) -> str:
    """A prompt that is no conversation as the model wants it; a text that places its images itself is left alone."""
    text = value if isinstance(value, str) else str(value["text"])
    if not images or any(mark in text for mark in _marks(kit)):
        return text
    if not getattr(kit.tokenizer, "chat_template", None):
        return getattr(kit.processor, "image_token", "") * images + text
    content = [*([{"type": "image"}] * images), {"type": "text", "text": text}]
    return Exchange({"messages": [{"role": "user", "content": content}]}, kit).prompt()


def see(text: str, pictures: "Sequence[Picture]", kit: Kit) -> Seen:
    """The prompt's ids and features, or `InvalidInput` when text and images do not go together."""
    for mark in _marks(kit):
        if mark in text and (count := text.count(mark)) != len(pictures):
            raise InvalidInput(
                f"`{mark}` stands for an image: the prompt has {count} of them, and {len(pictures)} images"
            )
    settings: dict[str, Any] = {}
    start = getattr(kit.tokenizer, "bos_token", None)
    if start and text.startswith(start):
        # A template writes special tokens itself, or leaves them to the tokenizer.
        settings["add_special_tokens"] = False
    try:
        made = kit.processor(
            text=[text], images=[list(pictures)] if pictures else None, return_tensors="np", **settings
        )
    except ValueError as error:
        line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InvalidInput(f"the model's processor does not take this: {line}") from None
    features = {name: np.asarray(array) for name, array in made.items() if name not in _NO_FEATURES}
    return Seen([int(id) for id in made["input_ids"][0]], features)


def _marks(kit: Kit) -> list[str]:
    names = (getattr(kit.processor, name, None) for name in _MARKS)
    return [name for name in names if isinstance(name, str) and name]
