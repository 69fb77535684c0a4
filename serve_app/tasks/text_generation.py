"""Text generation with causal models: the answer continues a text, or a conversation."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from pydantic import Field

from serve_app.errors import AppError, InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.input import Chat
from serve_app.tasks.text.chat.message import Said
from serve_app.tasks.text.chat.shortening import AUTO, shortened
from serve_app.tasks.text.encoding import check_length, encode
from serve_app.tasks.text.generating import Generated, GeneratingTask
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.settings import limits_of
from serve_app.tasks.text.token_ids import TokenIds, are_ids, known_ids, text_of
from serve_app.types import Item


class CausalParams(GenerationParams):
    """The shared parameters, and whether the prompt comes back."""

    return_full_text: bool | None = Field(
        None, description="Put the prompt in front of the new text; true by default. Streams and chats never have it"
    )


class Continued(Generated):
    """In a chat also the answer in its parts."""

    message: NotRequired[Said]


class TextGeneration(GeneratingTask):
    """A decoder writes on from the prompt, and the two share the model's room."""

    name = "text-generation"
    aliases = ("generation",)
    auto_model = "AutoModelForCausalLM"
    own_output = False
    chats = True
    Input = either(either(Text, Chat, lambda value: isinstance(value, dict)), TokenIds, are_ids)
    Params = CausalParams
    Output = Continued

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
        return [self._fitted(item, prompts[place], kit) for place, item in enumerate(items)]

    def _fitted(self, item: Item, prompt: list[int] | Exception, kit: Kit) -> list[int] | Exception:
        """The prompt, without the oldest turns of a conversation whose sender can do without them."""
        if not isinstance(item.input, dict) or item.input.get("truncation") != AUTO or _fits(item, prompt, kit):
            return prompt

        def attempt(chat: Mapping[str, Any]) -> list[int] | None:
            [ids] = encode(kit.tokenizer, [Exchange(chat, kit).prompt()], special_tokens=False)
            return ids if _fits(item, ids, kit) else None

        try:
            return shortened(item.input, attempt) or prompt
        except AppError as error:
            return error

    def _text(self, item: Item, kit: Kit) -> str | list[int] | Exception:
        try:
            if are_ids(item.input):
                return known_ids(item.input, kit)
            exchange = self.exchange(item, kit)
            if exchange is None:
                return str(item.input)
            if exchange.grammar and item.params.grammar:
                raise InvalidInput(
                    "a demanded call has a grammar of its own, so `grammar` must be absent", "tool_choice"
                )
            return exchange.prompt()
        except AppError as error:
            return error

    def shown(self, item: Item, text: str, kit: Kit) -> str:
        if item.params.return_full_text is False:
            return text
        return (text_of(item.input, kit) if are_ids(item.input) else item.input) + text

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "Once upon a time", {"max_new_tokens": 16}


def _fits(item: Item, prompt: list[int] | Exception, kit: Kit) -> bool:
    """Whether there is room for the prompt and what is asked for; other faults are not about room."""
    try:
        if isinstance(prompt, Exception):
            raise prompt
        if item.params.truncate is None:
            check_length(len(prompt), kit)
            limits_of(item.params, len(prompt), kit, own_output=False)
    except InputTooLong:
        return False
    except AppError:
        return True
    return True
