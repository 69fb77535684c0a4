"""`/v1/embeddings`: texts in, a vector for each of them out."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.openai import token_ids
from serve_app.ingress.dialects.openai.base import REQUEST, OpenAI
from serve_app.ingress.dialects.openai.embedding_request import FIELD, EmbeddingRequest
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Params, Task

_POOLING, _EVERY_TOKEN = "pooling", "none"


class Embeddings(OpenAI[EmbeddingRequest]):
    """Vectors are as long as the model makes them, unless the request says `normalize`."""

    name, mark = "openai-embeddings", FIELD
    Request = EmbeddingRequest

    def serves(self, task: Task) -> bool:
        return task.name == "feature-extraction"

    def inputs(self, request: EmbeddingRequest, entry: Entry) -> tuple[list[Any], bool]:
        return token_ids.checked(request.inputs(), entry, FIELD)

    def more(self, request: EmbeddingRequest, params: Params) -> Mapping[str, Any]:
        if getattr(params, _POOLING) == _EVERY_TOKEN:
            raise InvalidInput(f"`{_POOLING}`: an embedding is one vector, so tokens must become one", _POOLING)
        return {}

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        return super().placed(token_ids.of_the_whole(error), entry, index)

    def example(self, task: Task) -> Body:
        return {FIELD: task.example()[0]}

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        request: EmbeddingRequest = call.asked[REQUEST]
        told = _in_base64 if request.encoding_format == "base64" else _as_numbers
        data = [
            {"object": "embedding", "index": index, "embedding": told(vector)} for index, vector in enumerate(outputs)
        ]
        usage = {"prompt_tokens": call.tokens, "total_tokens": call.tokens}
        return {"object": "list", "data": data, "model": request.model or entry.name, "usage": usage}


def _as_numbers(vector: Any) -> Any:
    return vector


def _in_base64(vector: Any) -> str:
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
