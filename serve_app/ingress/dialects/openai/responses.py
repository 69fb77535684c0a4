"""`/v1/responses`: the items of a conversation in, the items of an answer out; nothing is stored between the two."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Writer
from serve_app.ingress.dialects.openai.base import OpenAI
from serve_app.ingress.dialects.openai.replies import Head
from serve_app.ingress.dialects.openai.responses_input import FIELD
from serve_app.ingress.dialects.openai.responses_output import Outline
from serve_app.ingress.dialects.openai.responses_refused import REFUSED
from serve_app.ingress.dialects.openai.responses_request import EFFORT, ResponseRequest
from serve_app.ingress.dialects.openai.responses_stream import ResponseEvents
from serve_app.ingress.dialects.wording import at_root
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Params, Task

_INPUT = "conversation"


class Responses(OpenAI[ResponseRequest]):
    """Thoughts, the message and calls are items of their own."""

    name, mark, id_prefix = "openai-responses", FIELD, "resp"
    Request = ResponseRequest
    not_done = REFUSED
    words: ClassVar[Mapping[str, str]] = {
        "messages": FIELD,
        "template": "chat_template_kwargs",
        "grammar": "text.format",
    }

    def serves(self, task: Task) -> bool:
        return task.chats

    def inputs(self, request: ResponseRequest, entry: Entry) -> tuple[list[Any], bool]:
        try:
            return entry.inputs(request.conversation(), _INPUT)
        except InvalidInput as error:
            raise at_root(error, _INPUT, self.words) from None

    def more(self, request: ResponseRequest, params: Params) -> Mapping[str, Any]:
        return {"n": 1}

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        told = super().placed(error, entry, index)
        return (
            InvalidInput(told.message, "reasoning.effort") if told.field == f"chat_template_kwargs.{EFFORT}" else told
        )

    def example(self, task: Task) -> Body:
        return {"input": "Hello", "max_output_tokens": 16}

    def head(self, call: Call, entry: Entry) -> Head:
        head = super().head(call, entry)
        return head._replace(id=head.id.replace("-", "_"))

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        outline, choice = Outline(call, self.head(call, entry)), outputs[0]["details"]["choices"][0]
        return outline.ended(outline.items(choice), choice)

    def stream(self, call: Call, entry: Entry) -> Writer:
        return ResponseEvents(Outline(call, self.head(call, entry)))
