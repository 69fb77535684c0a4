"""Zero-shot audio classification: how well labels of the caller's own fit a sound."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.captions import captioned, collate, columns
from serve_app.tasks.media.hearing import decoded, rows_of
from serve_app.tasks.media.input import Sound
from serve_app.tasks.media.sounds import Samples
from serve_app.tasks.scoring.candidates import Candidates, Template, sentences
from serve_app.tasks.scoring.ranking import LabelScore, best
from serve_app.tasks.scoring.scores import finite, softmax
from serve_app.types import Item

TEMPLATE = "This is a sound of {}."


class ZeroShotAudioParams(Params):
    """The labels, and how they are put to the model."""

    candidate_labels: Candidates
    hypothesis_template: Template | None = Field(
        None, description=f"The sentence that a label makes, with {{}} in its place; by default: {TEMPLATE}"
    )


class ZeroShotAudioClassification(RowTask):
    """One row for each sound; the texts of a batch are read once, however many sounds share them."""

    name = "zero-shot-audio-classification"
    auto_model = "AutoModel"
    outputs = ("logits_per_audio",)
    answer = "labels"
    listed = False
    reads = ("tokenizer", "feature_extractor")
    takes_bytes = True
    Input = Sound
    Params = ZeroShotAudioParams
    Output = list[LabelScore]

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type", "clap")
        if kind != "clap":
            raise ModelCannotLoad(
                f"{self.name} needs a model that compares sounds with texts (CLAP), and this is {kind}"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        said = [sentences(item.params.candidate_labels, item.params.hypothesis_template or TEMPLATE) for item in items]
        rows = [sound if isinstance(sound, Exception) else [_row(sound, kit)] for sound in decoded(items, kit)]
        return captioned(rows, said, kit)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def split(self, outputs: Arrays, rows: Sequence[Row]) -> list[dict[str, NDArray[Any]]]:
        logits = outputs["logits_per_audio"]
        return [{"logits_per_audio": logits[index, own]} for index, own in enumerate(columns(rows))]

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        scores, labels = softmax(finite(outs[0]["logits_per_audio"])), item.params.candidate_labels
        return [{"label": labels[place], "score": float(scores[place])} for place in best(scores)]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.SOUND, {"candidate_labels": ["a bell", "rain"]}


def _row(sound: Samples, kit: Kit) -> Row:
    """By itself: of a long sound a part is chosen at random, and among several short ones one is chosen to be long."""
    before = np.random.get_state()
    np.random.seed(0)
    try:
        [row] = rows_of([sound], kit)
    finally:
        np.random.set_state(before)
    return row
