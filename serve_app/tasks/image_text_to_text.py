"""Image-text-to-text: a chat with images in it, or a text that goes on from images."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field, Strict
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.input import Image
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.input import CONFIG
from serve_app.tasks.text.chat.seeing_input import MOST_IMAGES, SeeingChat
from serve_app.tasks.text.conversing import ConversingTask
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.seeing import Seen, pictures_of, see, written
from serve_app.types import Item


class Prompt(TypedDict):
    """A text and what it is about; where it has no mark of its own for an image, the images come first."""

    __pydantic_config__ = CONFIG  # type: ignore[misc]

    text: Text
    image: NotRequired[Image]
    images: NotRequired[Annotated[list[Image], Strict(), Field(max_length=MOST_IMAGES)]]


def _is_chat(value: Any) -> bool:
    return isinstance(value, dict) and "messages" in value


class ImageTextToText(ConversingTask):
    """A decoder reads images in the places that the processor makes for them; rows differ in how many there are."""

    name = "image-text-to-text"
    auto_model = "AutoModelForImageTextToText"
    reads = ("processor",)
    Input = either(either(Text, Prompt, lambda value: isinstance(value, dict)), SeeingChat, _is_chat)

    def exchange(self, item: Item, kit: Kit) -> Exchange | None:
        return Exchange(item.input, kit) if _is_chat(item.input) else None

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        """The processor is asked item by item: asked for all it would pad each image to the largest of them."""
        return [self._expanded(item, kit) for item in items]

    def _expanded(self, item: Item, kit: Kit) -> list[Row] | Exception:
        try:
            seen = self._seen(item, kit)
            if isinstance(rows := self._row(item, seen.ids, kit), Exception):
                return rows
            return [row._replace(arrays={**row.arrays, **seen.features}, group=seen.shapes) for row in rows]
        except AppError as error:
            return error

    def _seen(self, item: Item, kit: Kit) -> Seen:
        pictures = pictures_of(item.input, kit)
        if pictures and item.params.truncate is not None:
            raise InvalidInput("a prompt with images in it cannot be cut", "truncate")
        if len(pictures) > 1 and self.beams(item, kit) > 1:
            raise InvalidInput("beams go with one image at most", "num_beams")
        if not _is_chat(item.input):
            return see(written(item.input, len(pictures), kit), pictures, kit)
        seen = [see(self.asked(item, kit).prompt(), pictures, kit)]

        def read(chat: Mapping[str, Any]) -> list[int]:
            seen.append(see(Exchange(chat, kit).prompt(), pictures_of(chat, kit), kit))
            return seen[-1].ids

        prompt = self.fitted(item, seen[0].ids, kit, read)
        if isinstance(prompt, Exception):
            raise prompt
        return next(each for each in seen if each.ids is prompt)

    def shown(self, item: Item, text: str, kit: Kit) -> str:
        if item.params.return_full_text is False:
            return text
        return str(item.input if isinstance(item.input, str) else item.input["text"]) + text

    def example(self) -> tuple[Any, dict[str, Any]]:
        return {"text": "What is this?", "image": examples.IMAGE}, {"max_new_tokens": 16}
