"""`/v2/models/NAME/infer`: tensors to rows, and answers to tensors."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from serve_app.errors import AppError, InvalidInput, ModelFault
from serve_app.ingress.bodies import Headers
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.dialects.open_inference.description import answer_schema, example, request_schema
from serve_app.ingress.dialects.open_inference.faults import fault
from serve_app.ingress.dialects.open_inference.framing import Framed, framed
from serve_app.ingress.dialects.open_inference.inputs import MARK, of_tensors, takes
from serve_app.ingress.dialects.open_inference.outputs import gives
from serve_app.ingress.dialects.open_inference.own_parameters import PARAMETERS, OwnParameters, divided, rate_of
from serve_app.ingress.dialects.open_inference.reply import Wanted, reply
from serve_app.ingress.dialects.open_inference.request import Request
from serve_app.ingress.dialects.open_inference.tensors import tensors_of
from serve_app.ingress.entry import Entry
from serve_app.refusals import brief, refusal
from serve_app.tasks.base import Task

_BODY, _WANTED = "body", "wanted"


class Infer(Dialect):
    """The rows of the tensors are the inputs; the answers stand in the rows of other tensors."""

    name, mark, parameters, faults = "open_inference", MARK, PARAMETERS, "InferenceError"

    def parse(self, headers: Headers, raw: bytes) -> Body:
        return framed(headers, raw)

    def read(self, body: Body, entry: Entry) -> Call:
        request = _request(body)
        wants, kind = takes(entry.task), entry.task.Params
        tensors = tensors_of(request.inputs, body.tail if isinstance(body, Framed) else b"")
        own, given = divided(request.parameters, kind.model_fields)
        rows = wants.rows(tensors, rate_of(own, tensors.values()))
        try:
            inputs, _ = entry.inputs(rows, MARK)
        except InvalidInput as error:
            raise of_tensors(error, wants.alone(tensors)) from None
        asked = {_WANTED: _wanted(request, own, entry.task)}
        return Call(inputs, entry.params(given, PARAMETERS), single=False, asked=asked)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return gives(entry.task).tensors(outputs, [*call.asked[_WANTED].binary])

    def reply(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Response:
        return reply(entry.name, self.write(call, outputs, entry), call.asked[_WANTED])

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        if not isinstance(error, InvalidInput | ModelFault):
            return error
        return type(error)(f"{_place(error.field, index or 0, entry.task)}: {error.message}", error.field)

    def fault(self, error: AppError) -> tuple[int, Body]:
        return fault(error)

    def request_schema(self, task: Task, value: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        return request_schema(task, params)

    def example(self, task: Task) -> Body:
        return example(task)

    def answers(self, task: Task) -> dict[str, dict[str, Any]]:
        return {"application/json": answer_schema(task)}


def _request(body: Body) -> Request:
    try:
        return Request.model_validate({**body})
    except ValidationError as error:
        faults = refusal(error, _BODY, own_names=True)
        raise InvalidInput(faults.message.replace(f"`{_BODY}.", "`"), faults.field) from None


def _wanted(request: Request, own: OwnParameters, task: Task) -> Wanted:
    known, binary = gives(task).names, dict[str, bool]()
    for output in request.outputs or ():
        if output.name not in known:
            there_are = ", ".join(known)
            raise InvalidInput(f"the output `{brief(output.name)}` is none of this model's; there are {there_are}")
        if output.name in binary:
            raise InvalidInput(f"the output `{output.name}` is asked for twice")
        asked = output.parameters.binary_data
        binary[output.name] = bool(own.binary_data_output) if asked is None else asked
    return Wanted(request.id, binary, bool(own.binary_data_output))


def _place(field: str | None, row: int, task: Task) -> str:
    """What a replica speaks of: a parameter of all rows, or a tensor's row."""
    if field is None:
        return f"row {row}"
    name, bracket, rest = field.partition("[")
    if name in task.Params.model_fields:
        return f"`{PARAMETERS}.{field}`"
    return f"`{name}[{row}]{bracket}{rest}`"
