"""What every call of OpenAI's clients has in common: fields at the root of the body, and errors in their own shape.

To add a call: a `Request` for its body, and a subclass of `OpenAI` that says what the input is and how answers are
told; then its line in `ingress/surfaces.py`.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from serve_app.errors import AppError, InputTooLong, InvalidInput, ModelFault, NotFound
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.dialects.events import STREAM, check_streams
from serve_app.ingress.dialects.inlining import inlined
from serve_app.ingress.dialects.openai import refused
from serve_app.ingress.dialects.openai.errors import fault
from serve_app.ingress.dialects.openai.replies import Head, new_head
from serve_app.ingress.dialects.openai.request import Request
from serve_app.ingress.dialects.wording import at_root, in_words, renamed
from serve_app.ingress.entry import Entry
from serve_app.refusals import refusal
from serve_app.tasks.base import Params, Task

R = TypeVar("R", bound=Request)
REQUEST, WANTED = "request", "wanted"
"""What a call remembers: its body, and how many answers to each input the caller wants."""
SAID: Mapping[str, str] = {"grammar": "response_format", "top_n_tokens": "top_logprobs"}
"""Where parameters come from that a body has no name of its own for."""
_ROOT = "body"


class OpenAI(Dialect, Generic[R]):
    """Subclasses say what is asked for, and write the answers."""

    Request: type[R]
    words: ClassVar[Mapping[str, str]] = {}
    """The parts of the task's input by their names in a body."""
    not_done: ClassVar[Mapping[str, refused.Refused]] = refused.REFUSED
    """What may be asked for elsewhere, and is refused here by name."""
    id_prefix: ClassVar[str]
    parameters, faults = _ROOT, "OpenAIError"

    @abstractmethod
    def inputs(self, request: R, entry: Entry) -> tuple[list[Any], bool]:
        """What the model gets, checked, and whether it is one input."""

    def more(self, request: R, params: Params) -> Mapping[str, Any]:
        """Override for parameters that follow from the request as a whole."""
        return {}

    def read(self, body: Body, entry: Entry) -> Call:
        given = refused.without_refused(body, self.not_done)
        passed = {name: given.pop(name) for name in self.Request.passed if name in given}
        request = self._request(given)
        params = self._params(request, passed, entry)
        inputs, single = self.inputs(request, entry)
        wanted = getattr(params, "n", None) or 1
        if request.streams:
            check_streams(entry, len(inputs) == 1, STREAM)
            if getattr(params, "sequences", 1) > wanted:
                raise InvalidInput("`best_of` does not go with a stream: the best is known at the end", "best_of")
        params = params.model_copy(update=dict(self.more(request, params)))
        return Call(inputs, params, single, stream=request.streams, asked={REQUEST: request, WANTED: wanted})

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        if not isinstance(error, InvalidInput | ModelFault):
            return error
        passed = {parameter: name for name, parameter in reversed([*self.Request.passed.items()])}
        words = {**passed, **SAID, **self.words}
        where = self.mark if index is None else f"{self.mark}[{index}]"
        field = where if error.field is None or isinstance(error, InputTooLong) else renamed(error.field, words)
        message = in_words(error.message, words)
        return type(error)(message if index is None else f"`{where}`: {message}", field)

    def fault(self, error: AppError) -> tuple[int, Body]:
        return fault(error)

    def request_schema(self, task: Task, value: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        known = task.Params.model_json_schema()["properties"]
        passed = {name: known[parameter] for name, parameter in self.Request.passed.items() if parameter in known}
        schema = inlined(self.Request.model_json_schema())
        return schema | {"properties": {**schema["properties"], **passed, **refused.schema(self.not_done)}}

    def head(self, call: Call, entry: Entry) -> Head:
        """What the answer begins with; the model is called as the caller calls it."""
        return new_head(self.id_prefix, call.asked[REQUEST].model or entry.name, entry.fingerprint)

    def _request(self, given: Mapping[str, Any]) -> R:
        try:
            return self.Request.model_validate(given)
        except ValidationError as error:
            known = {name: name for name in self.Request.model_fields}
            raise at_root(refusal(error, _ROOT, own_names=True), _ROOT, known) from None

    def _params(self, request: R, passed: Mapping[str, Any], entry: Entry) -> Params:
        names = self.Request.passed
        words = {**{names[name]: name for name in passed}, **SAID, **self.words}
        if len({names[name] for name in passed}) < len(passed):
            twice = next(name for name in passed if words[names[name]] != name)
            raise InvalidInput(f"`{twice}` does not go with `{words[names[twice]]}`, which says the same", twice)
        given = {names[name]: value for name, value in passed.items()}
        try:
            return entry.params(_adapter(request, entry) | given | request.parameters(), _ROOT)
        except InvalidInput as error:
            raise at_root(error, _ROOT, words) from None


def _adapter(request: Request, entry: Entry) -> dict[str, str]:
    """The adapter that stands behind the model's name."""
    name, _, adapter = (request.model or "").rpartition(":")
    if name not in (entry.name, entry.model.hf_model_name) or request.model in (entry.name, entry.model.hf_model_name):
        return {}
    if adapter not in entry.model.adapters:
        there_are = ", ".join(entry.model.adapters) or "none"
        raise NotFound(f'model "{entry.name}" has no such adapter; there are: {there_are}', "model")
    return {"adapter_id": adapter}
