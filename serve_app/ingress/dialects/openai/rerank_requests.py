"""The bodies of a call to put texts in order: as Cohere's clients write it, and as those of TEI do."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from pydantic.config import JsonDict

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.openai.request import Request

DOCUMENTS, TEXTS = "documents", "texts"
_TEXT = "text"
_DOCUMENT: JsonDict = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "required": [_TEXT], "properties": {_TEXT: {"type": "string"}}},
    ]
}


class CohereRequest(Request):
    """What stands in a document beside its text comes back with it."""

    passed: ClassVar[Mapping[str, str]] = {
        "top_n": "top_n",
        "return_documents": "return_documents",
        "max_tokens_per_doc": "max_tokens_per_text",
    }

    query: str = Field(description="What is asked")
    documents: list[Any] = Field(
        description="The texts to put in order, as they are or as the `text` of objects",
        json_schema_extra={"items": _DOCUMENT},
    )
    priority: int | None = Field(
        None, ge=0, le=999, description="Taken for compatibility: X-Priority says what goes first"
    )

    def pairs(self) -> dict[str, Any]:
        """The same in the task's words."""
        for index, document in enumerate(self.documents):
            if not isinstance(document, str) and not (isinstance(document, dict) and _TEXT in document):
                field = f"{DOCUMENTS}[{index}]"
                raise InvalidInput(f"`{field}` must be a string or an object with `{_TEXT}`", field)
        texts = [document if isinstance(document, str) else document[_TEXT] for document in self.documents]
        return {"query": self.query, DOCUMENTS: texts}

    def document(self, index: int) -> dict[str, Any]:
        """One of the documents as an object."""
        document = self.documents[index]
        return {_TEXT: document} if isinstance(document, str) else dict(document)


class TeiRequest(Request):
    """Text Embeddings Inference knows neither a model nor how many texts are wanted."""

    passed: ClassVar[Mapping[str, str]] = {
        "raw_scores": "raw_scores",
        "return_text": "return_text",
        "truncate": "truncation",
        "top_n": "top_n",
    }

    query: str = Field(description="What is asked")
    texts: list[Any] = Field(description="The texts to put in order", json_schema_extra={"items": {"type": "string"}})
    truncation_direction: Literal["left", "right", "Left", "Right"] | None = Field(
        None, description="The side at which a long text is cut; right by default"
    )

    def parameters(self) -> dict[str, Any]:
        side = self.truncation_direction
        return {} if side is None else {"truncation_direction": side.lower()}

    def pairs(self) -> dict[str, Any]:
        """The same in the task's words."""
        return {"query": self.query, TEXTS: self.texts}
