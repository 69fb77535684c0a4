"""What tasks share whose inputs may be conversations: a decoder writes on, and the prompt takes of its room."""

from collections.abc import Callable, Mapping
from typing import Any, NotRequired

from pydantic import Field

from serve_app.errors import AppError, InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.chat.message import Said
from serve_app.tasks.text.chat.shortening import AUTO, shortened
from serve_app.tasks.text.encoding import check_length
from serve_app.tasks.text.generating import Generated, GeneratingTask
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.settings import limits_of
from serve_app.types import Item

Reading = Callable[[Mapping[str, Any]], list[int]]
"""A conversation's prompt as ids."""


class CausalParams(GenerationParams):
    """The shared parameters, and whether the prompt comes back."""

    return_full_text: bool | None = Field(
        None, description="Put the prompt in front of the new text; true by default. Streams and chats never have it"
    )


class Continued(Generated):
    """In a chat also the answer in its parts."""

    message: NotRequired[Said]


class ConversingTask(GeneratingTask):
    """Subclasses say what an input may be, and how it becomes ids."""

    own_output = False
    chats = True
    Params = CausalParams
    Output = Continued

    def asked(self, item: Item, kit: Kit) -> Exchange:
        """The conversation of an item that is one, or what does not go together in it."""
        exchange = Exchange(item.input, kit)
        if exchange.grammar and item.params.grammar:
            raise InvalidInput("a demanded call has a grammar of its own, so `grammar` must be absent", "tool_choice")
        return exchange

    def fitted(self, item: Item, prompt: list[int] | Exception, kit: Kit, read: Reading) -> list[int] | Exception:
        """The prompt, without the oldest turns of a conversation whose sender can do without them."""
        if not isinstance(item.input, dict) or item.input.get("truncation") != AUTO or _fits(item, prompt, kit):
            return prompt

        def attempt(chat: Mapping[str, Any]) -> list[int] | None:
            ids = read(chat)
            return ids if _fits(item, ids, kit) else None

        try:
            return shortened(item.input, attempt) or prompt
        except AppError as error:
            return error


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
