"""The two shapes of `/rerank`: Cohere's and TEI's."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from serve_app.errors import AppError, InvalidInput, ModelFault
from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.openai.base import REQUEST, OpenAI
from serve_app.ingress.dialects.openai.refused import Refused
from serve_app.ingress.dialects.openai.rerank_requests import DOCUMENTS, TEXTS, CohereRequest, TeiRequest
from serve_app.ingress.dialects.wording import at_root, in_words, renamed
from serve_app.ingress.entry import Entry
from serve_app.ingress.replies import error_body
from serve_app.tasks.base import Params, Task

R = TypeVar("R", CohereRequest, TeiRequest)
_INPUT = "input"


class Reranking(OpenAI[R]):
    """One of the two."""

    mark = "query"
    faults = "Error"
    usual: ClassVar[Mapping[str, Any]]
    """What callers count on where neither the request nor the config says it."""

    def serves(self, task: Task) -> bool:
        return task.name == "rerank"

    def inputs(self, request: R, entry: Entry) -> tuple[list[Any], bool]:
        try:
            return entry.inputs(request.pairs(), _INPUT)
        except InvalidInput as error:
            raise at_root(error, _INPUT, {}) from None

    def more(self, request: R, params: Params) -> Mapping[str, Any]:
        return {name: value for name, value in self.usual.items() if getattr(params, name) is None}

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        if not isinstance(error, InvalidInput | ModelFault):
            return error
        words = {parameter: name for name, parameter in self.Request.passed.items()}
        return type(error)(in_words(error.message, words), renamed(error.field or self.mark, words))

    def fault(self, error: AppError) -> tuple[int, Body]:
        # Who speaks Cohere's dialect reads `message`, and everyone else `error`.
        return error.status, {**error_body(error), "message": error.message}


class Cohere(Reranking[CohereRequest]):
    """Scores go from 0 to 1, and long documents are cut."""

    name = "cohere-rerank"
    Request = CohereRequest
    usual: ClassVar[Mapping[str, Any]] = {"raw_scores": False, "truncation": True}
    not_done: ClassVar[Mapping[str, Refused]] = {
        "max_chunks_per_doc": Refused("documents are read whole or cut, never in chunks; use max_tokens_per_doc"),
        "rank_fields": Refused("only the `text` of a document is read", (["text"],)),
        "relevant_spans": Refused("documents get one score each"),
    }

    def example(self, task: Task) -> Body:
        value, _ = task.example()
        return {"query": value["query"], DOCUMENTS: value[TEXTS], "top_n": 2}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        request: CohereRequest = call.asked[REQUEST]
        results = [
            {"index": ranked["index"], "relevance_score": ranked["score"]}
            | ({"document": request.document(ranked["index"])} if "text" in ranked else {})
            for ranked in outputs[0]
        ]
        meta = {"api_version": {"version": "2"}, "tokens": {"input_tokens": call.tokens, "output_tokens": 0}}
        return {"id": f"rerank-{secrets.token_hex(12)}", "results": results, "meta": meta}


class Tei(Reranking[TeiRequest]):
    """Scores go from 0 to 1 unless `raw_scores` is true."""

    name = "tei-rerank"
    Request = TeiRequest
    usual: ClassVar[Mapping[str, Any]] = {"raw_scores": False}
    not_done: ClassVar[Mapping[str, Refused]] = {}

    def example(self, task: Task) -> Body:
        return {**task.example()[0]}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return outputs[0]
