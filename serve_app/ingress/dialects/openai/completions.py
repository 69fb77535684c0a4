"""`/v1/completions`: prompts in, and for each of them one text or several that go on from it."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Writer
from serve_app.ingress.dialects.events import streams
from serve_app.ingress.dialects.openai import logprobs, token_ids
from serve_app.ingress.dialects.openai.base import REQUEST, WANTED, OpenAI
from serve_app.ingress.dialects.openai.completion_request import FIELD, CompletionRequest
from serve_app.ingress.dialects.openai.completion_stream import CompletionEvents
from serve_app.ingress.dialects.openai.replies import Choice, finish_of, usage_of
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Params, Task

_FULL_TEXT = "return_full_text"


class Completions(OpenAI[CompletionRequest]):
    """The answers to the first prompt come first."""

    name, mark, id_prefix = "openai-completions", FIELD, "cmpl"
    Request = CompletionRequest

    def serves(self, task: Task) -> bool:
        return streams(task) and task.answer == "generated_text"

    def inputs(self, request: CompletionRequest, entry: Entry) -> tuple[list[Any], bool]:
        inputs, single = token_ids.checked(request.prompts(), entry, FIELD)
        if request.echoes:
            _check_echo(request, inputs, entry)
        return inputs, single

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        return super().placed(token_ids.of_the_whole(error), entry, index)

    def more(self, request: CompletionRequest, params: Params) -> Mapping[str, Any]:
        # All answers come, so that their tokens can be counted, and the best of them are chosen here.
        told = {"n": getattr(params, "sequences", 1), _FULL_TEXT: request.echoes}
        return {name: value for name, value in told.items() if name in type(params).model_fields}

    def example(self, task: Task) -> Body:
        value, _ = task.example()
        return {FIELD: value if isinstance(value, str) else "Once upon a time", "max_tokens": 16}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        texts = [text for output in outputs for text in _texts(output, entry.task.answer, call)]
        choices = [{"index": index, **text} for index, text in enumerate(texts)]
        head = self.head(call, entry).of("text_completion")
        return {**head, "choices": choices, "usage": usage_of(output["details"] for output in outputs)}

    def stream(self, call: Call, entry: Entry) -> Writer:
        request: CompletionRequest = call.asked[REQUEST]
        echoed = call.inputs[0] if request.echoes else ""
        return CompletionEvents(request, self.head(call, entry), call.asked[WANTED], echoed)


def _check_echo(request: CompletionRequest, inputs: Sequence[Any], entry: Entry) -> None:
    if _FULL_TEXT not in entry.task.Params.model_fields:
        raise InvalidInput("`echo`: this model's answers do not go on from the prompt", "echo")
    if request.streams and not isinstance(inputs[0], str):
        raise InvalidInput("`echo` of token ids does not go with a stream", "echo")


def _texts(output: Mapping[str, Any], answer: str, call: Call) -> list[dict[str, Any]]:
    request: CompletionRequest = call.asked[REQUEST]
    choices: list[Choice] = output["details"]["choices"]
    # The first answer stands there as it is shown, with what comes before it.
    before = output[answer].removesuffix(choices[0]["generated_text"]) if request.echoes else ""
    if call.asked[WANTED] < len(choices):
        choices = sorted(choices, key=logprobs.mean_of, reverse=True)[: call.asked[WANTED]]
    return [
        {
            "text": before + choice["generated_text"],
            "logprobs": logprobs.of_completion(logprobs.tokens_of(choice)) if request.logprobs is not None else None,
            "finish_reason": finish_of(choice),
        }
        for choice in choices
    ]
