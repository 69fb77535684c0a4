"""Zero-shot classification: how well labels of the caller's own fit a text, by asking what the text entails."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.errors import AppError, InputTooLong, ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.candidates import Candidates, Template, sentences
from serve_app.tasks.scoring.ranking import LabelScore, best
from serve_app.tasks.scoring.scores import finite, softmax
from serve_app.tasks.text.encoding import collate, encode
from serve_app.tasks.text.frames import Frame
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import need_first_places, need_places
from serve_app.types import Item

TEMPLATE = "This example is {}."


class ZeroShotParams(Params):
    """The labels, and how they are put to the model."""

    candidate_labels: Candidates
    multi_label: bool | None = Field(
        None, description="Score each label by itself, as several may be right; by default the scores add up to 1"
    )
    hypothesis_template: Template | None = Field(
        None, description=f"The sentence that a label makes, with {{}} in its place; by default: {TEMPLATE}"
    )
    truncation: bool | None = Field(
        None, description="Cut a text that is too long, never the label's sentence, instead of an error"
    )


class ZeroShotClassification(RowTask):
    """One row for each label: the text, and the sentence that says the label of it; labels come best first."""

    name = "zero-shot-classification"
    auto_model = "AutoModelForSequenceClassification"
    outputs = ("logits",)
    answer = "labels"
    listed = False
    Input = Text
    Params = ZeroShotParams
    Output = list[LabelScore]

    def check(self, kit: Kit) -> None:
        need_places(kit, self.name)
        need_first_places(kit, self.name)
        if _entailment(kit) < 0 or len(kit.config["label2id"]) < 2:
            raise ModelCannotLoad(
                f"{self.name} needs a model of natural language inference, and none of this model's labels is called "
                "entailment: correct hf_model_name, or, if it is one, name its labels with hf_model_kwargs.id2label "
                "and hf_model_kwargs.label2id"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        frame = Frame(kit)
        texts = encode(kit.tokenizer, [item.input for item in items], special_tokens=False)
        said = [sentences(item.params.candidate_labels, item.params.hypothesis_template or TEMPLATE) for item in items]
        distinct = list(dict.fromkeys(hypothesis for each in said for hypothesis in each))
        known = dict(zip(distinct, encode(kit.tokenizer, distinct, special_tokens=False), strict=True))
        return [
            self._rows(item.params, text, [known[hypothesis] for hypothesis in each], frame, kit)
            for item, text, each in zip(items, texts, said, strict=True)
        ]

    def _rows(
        self, params: ZeroShotParams, text: list[int], hypotheses: list[list[int]], frame: Frame, kit: Kit
    ) -> list[Row] | Exception:
        try:
            room = kit.max_input_tokens - frame.size
            _check_length(len(text), max(map(len, hypotheses)), room, kit, bool(params.truncation))
            return [frame.row(text[: room - len(hypothesis)], hypothesis) for hypothesis in hypotheses]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        logits = finite(np.stack([out["logits"] for out in outs]))
        labels, entailment = item.params.candidate_labels, _entailment(kit)
        if item.params.multi_label or len(labels) == 1:
            # The label that is furthest from entailment, in whichever order the model has them.
            contradiction = -1 if entailment == 0 else 0
            scores = softmax(logits[:, [contradiction, entailment]])[:, 1]
        else:
            scores = softmax(logits[:, entailment])
        return [{"label": labels[place], "score": float(scores[place])} for place in best(scores)]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "The team won the match.", {"candidate_labels": ["sports", "travel", "health"]}


def _check_length(text: int, hypothesis: int, room: int, kit: Kit, truncation: bool) -> None:
    """Refuse what does not fit with the longest hypothesis; that one is never cut."""
    special = kit.max_input_tokens - room
    if hypothesis >= room:
        raise InputTooLong(
            f"the longest label makes a sentence of {hypothesis + special} tokens and the model takes "
            f"{kit.max_input_tokens}: no room is left for the text",
            "candidate_labels",
        )
    if text + hypothesis > room and not truncation:
        raise InputTooLong(
            f"with the longest label the input has {text + hypothesis + special} tokens and the model takes "
            f"{kit.max_input_tokens}"
        )


def _entailment(kit: Kit) -> int:
    """The place of the label that says so; -1 when there is none."""
    labels = kit.config.get("label2id") or {}
    return next((int(index) for label, index in labels.items() if label.lower().startswith("entail")), -1)
