"""`/v1/chat/completions`: a conversation in, the next message out."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Writer
from serve_app.ingress.dialects.openai import logprobs
from serve_app.ingress.dialects.openai.base import REQUEST, WANTED, OpenAI
from serve_app.ingress.dialects.openai.chat_request import EFFORT, ChatRequest
from serve_app.ingress.dialects.openai.chat_stream import ChatEvents
from serve_app.ingress.dialects.openai.replies import Choice, finish_of, new_call_id, usage_of
from serve_app.ingress.dialects.wording import at_root
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task

_INPUT = "input"


class Chat(OpenAI[ChatRequest]):
    """Every choice is a message, with the calls that it asks for."""

    name, mark, id_prefix = "openai-chat", "messages", "chatcmpl"
    Request = ChatRequest
    words: ClassVar[Mapping[str, str]] = {"template": "chat_template_kwargs", "continue": "continue_final_message"}

    def serves(self, task: Task) -> bool:
        return task.chats

    def inputs(self, request: ChatRequest, entry: Entry) -> tuple[list[Any], bool]:
        try:
            return entry.inputs(request.conversation(), _INPUT)
        except InvalidInput as error:
            raise at_root(error, _INPUT, self.words) from None

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        told = super().placed(error, entry, index)
        return InvalidInput(told.message, EFFORT) if told.field == f"chat_template_kwargs.{EFFORT}" else told

    def example(self, task: Task) -> Body:
        return {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 16}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        request: ChatRequest = call.asked[REQUEST]
        details = outputs[0]["details"]
        choices = [_choice(index, choice, request) for index, choice in enumerate(details["choices"])]
        head = self.head(call, entry).of("chat.completion")
        return {**head, "choices": choices, "usage": usage_of([details])}

    def stream(self, call: Call, entry: Entry) -> Writer:
        return ChatEvents(call.asked[REQUEST], self.head(call, entry), call.asked[WANTED])


def _choice(index: int, choice: Choice, request: ChatRequest) -> dict[str, Any]:
    said = choice["message"]
    calls = [
        {"id": new_call_id(), "type": "function", "function": dict(call)}
        for call in said["tool_calls"][: request.most_calls]
    ]
    message = {"role": "assistant", "content": said["content"] or (None if calls else ""), "refusal": None}
    if said["reasoning_content"] is not None:
        message["reasoning_content"] = said["reasoning_content"]
    return {
        "index": index,
        "message": message | ({"tool_calls": calls} if calls else {}),
        "logprobs": logprobs.of_chat(logprobs.tokens_of(choice)) if request.logprobs else None,
        "finish_reason": finish_of(choice, bool(calls)),
    }
