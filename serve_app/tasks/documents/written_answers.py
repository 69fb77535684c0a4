"""Document question answering by models that see the page itself, and write: Donut."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Row
from serve_app.tasks.documents.asking import DocumentAnswer, DocumentParams, DocumentQuestion
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.asking import seen
from serve_app.tasks.media.writing import SeeingWriter, Told
from serve_app.tasks.media.writing_params import WritingParams
from serve_app.tasks.text.encoding import decode, encode
from serve_app.types import Item

PROMPT = "<s_docvqa><s_question>{}</s_question><s_answer>"
_END = "</s_answer>"
_TOLD = "decoder_input_ids"
# A model that sees the page itself knows of no words.
_OF_WORDS = tuple(name for name in DocumentParams.model_fields if name != "top_k")


class WrittenDocumentAnswers(SeeingWriter):
    """One row for each question with its document; questions of one length go together."""

    name = "document-question-answering"
    answer = "answers"
    listed = False
    Input = DocumentQuestion
    Params = DocumentParams
    Output = list[DocumentAnswer]

    def check(self, kit: Kit) -> None:
        kind = (kit.whole_config.get("encoder") or {}).get("model_type")
        if kind != "donut-swin":
            raise ModelCannotLoad(
                f"{self.name} is for models of the kinds layoutlm and donut, and this one sees by {kind}: "
                "set hf_task to image-to-text"
            )

    def writing(self, params: DocumentParams) -> WritingParams:
        return WritingParams()

    def told_first(self, row: Row) -> int:
        return len(row.arrays[_TOLD])

    def seen(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        asked = [PROMPT.format(item.input["question"]) for item in items]
        prompts = encode(kit.tokenizer, asked, special_tokens=False)
        return [
            rows if isinstance(rows, Exception) else _fault(item, prompt, kit) or [_with_prompt(rows[0], prompt)]
            for item, rows, prompt in zip(items, seen(items, kit), prompts, strict=True)
        ]

    def answered(self, item: Item, row: Row, told: Told, kit: Kit) -> list[DocumentAnswer]:
        new = told.ids[self.told_first(row) :]
        end = kit.tokenizer.convert_tokens_to_ids(_END)
        return [{"answer": decode(kit.tokenizer, new[: new.index(end)] if end in new else new).strip()}]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return {"question": "What is the total?", "image": examples.IMAGE}, {}


def _fault(item: Item, prompt: list[int], kit: Kit) -> Exception | None:
    """What only models that are given words can follow is an error, and so is a question that leaves no room."""
    for name in _OF_WORDS:
        if getattr(item.params, name) is not None or (name in item.input and item.input[name] is not None):
            return InvalidInput("this model sees the page itself and cannot follow this: leave it out", name)
    if len(prompt) >= kit.max_total_tokens:
        return InputTooLong(
            f"the question makes {len(prompt)} tokens and the model takes {kit.max_total_tokens} together with the "
            "answer: no room is left for one",
            "question",
        )
    return None


def _with_prompt(row: Row, prompt: list[int]) -> Row:
    arrays = {**row.arrays, _TOLD: np.asarray(prompt, dtype=np.int64)}
    return row._replace(arrays=arrays, length=row.length + len(prompt), group=(row.group, len(prompt)))
