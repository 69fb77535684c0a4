"""Text generation with causal models: the answer continues a text, or a conversation."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.input import Chat
from serve_app.tasks.text.conversing import ConversingTask
from serve_app.tasks.text.encoding import encode
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.token_ids import TokenIds, are_ids, known_ids, text_of
from serve_app.types import Item


class TextGeneration(ConversingTask):
    """A decoder writes on from the prompt, and the two share the model's room."""

    name = "text-generation"
    aliases = ("generation",)
    auto_model = "AutoModelForCausalLM"
    Input = either(either(Text, Chat, lambda value: isinstance(value, dict)), TokenIds, are_ids)

    def exchange(self, item: Item, kit: Kit) -> Exchange | None:
        return Exchange(item.input, kit) if isinstance(item.input, dict) and not are_ids(item.input) else None

    def prompts(self, items: Sequence[Item], kit: Kit) -> list[list[int] | Exception]:
        texts = [self._text(item, kit) for item in items]
        prompts: dict[int, list[int] | Exception] = {
            place: text for place, text in enumerate(texts) if not isinstance(text, str)
        }
        # A template writes special tokens itself; a text gets them from the tokenizer.
        for chats in (False, True):
            some = {
                place: text
                for place, text in enumerate(texts)
                if isinstance(text, str) and isinstance(items[place].input, dict) is chats
            }
            prompts |= zip(some, encode(kit.tokenizer, [*some.values()], special_tokens=not chats), strict=True)

        def read(chat: Mapping[str, Any]) -> list[int]:
            [ids] = encode(kit.tokenizer, [Exchange(chat, kit).prompt()], special_tokens=False)
            return ids

        return [self.fitted(item, prompts[place], kit, read) for place, item in enumerate(items)]

    def _text(self, item: Item, kit: Kit) -> str | list[int] | Exception:
        try:
            if are_ids(item.input):
                return known_ids(item.input, kit)
            if self.exchange(item, kit) is None:
                return str(item.input)
            return self.asked(item, kit).prompt()
        except AppError as error:
            return error

    def shown(self, item: Item, text: str, kit: Kit) -> str:
        if item.params.return_full_text is False:
            return text
        return (text_of(item.input, kit) if are_ids(item.input) else item.input) + text

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "Once upon a time", {"max_new_tokens": 16}
