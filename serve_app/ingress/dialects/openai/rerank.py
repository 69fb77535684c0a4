"""`/rerank`: texts in the order of how well they answer a query, in Cohere's words or in TEI's."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call, Dialect
from serve_app.ingress.dialects.openai.rerank_requests import DOCUMENTS, TEXTS
from serve_app.ingress.dialects.openai.rerank_shapes import Cohere, Reranking, Tei
from serve_app.ingress.directory import Directory
from serve_app.ingress.entry import Entry
from serve_app.ingress.naming import FIELD, entry_named
from serve_app.tasks.base import Task

_SHAPE = "shape"


class Rerank(Dialect):
    """A body tells by the name of its texts in which shape it is."""

    name, mark, parameters = "rerank", "query", "body"
    shapes: ClassVar[Mapping[str, Reranking[Any]]] = {DOCUMENTS: Cohere(), TEXTS: Tei()}

    def serves(self, task: Task) -> bool:
        return self.shapes[DOCUMENTS].serves(task)

    def whose(self, body: Body, directory: Directory) -> Entry:
        if body.get(FIELD) is not None or body.get(TEXTS) is None:
            return entry_named(directory, body.get(FIELD))
        found = [entry for entry in directory.entries() if self.serves(entry.task)]
        if len(found) != 1:
            there_are = ", ".join(entry.name for entry in found) or "none"
            raise InvalidInput(f"`{FIELD}` is missing: say which one, of these that rerank: {there_are}", FIELD)
        return found[0]

    def read(self, body: Body, entry: Entry) -> Call:
        spoken = [field for field in self.shapes if body.get(field) is not None]
        if len(spoken) != 1:
            found = "both" if spoken else "neither"
            words = f"exactly one of `{DOCUMENTS}` (Cohere's shape) and `{TEXTS}` (TEI's)"
            raise InvalidInput(f"the body must hold {words}; it holds {found}", DOCUMENTS)
        shape = self.shapes[spoken[0]]
        call = shape.read(body, entry)
        return call._replace(asked={**call.asked, _SHAPE: shape})

    def request_schema(self, task: Task, value: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        return {"oneOf": [shape.request_schema(task, value, params) for shape in self.shapes.values()]}

    def example(self, task: Task) -> Body:
        return self.shapes[DOCUMENTS].example(task)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return call.asked[_SHAPE].write(call, outputs, entry)

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        # What a replica says names the texts as the caller does; parameters are checked before it is asked.
        return self.shapes[DOCUMENTS].placed(error, entry, index)

    def fault(self, error: AppError) -> tuple[int, Body]:
        return self.shapes[DOCUMENTS].fault(error)
