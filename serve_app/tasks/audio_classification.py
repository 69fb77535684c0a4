"""Audio classification: a score for each of the model's kinds of sound."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from serve_app.tasks.base import Arrays, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.hearing import collate, sound_rows
from serve_app.tasks.media.input import Sound
from serve_app.tasks.scoring.labels import LabelParams, labelled
from serve_app.tasks.scoring.ranking import LabelScore
from serve_app.types import Item


class SoundLabelParams(LabelParams):
    """As many labels as a person looks at, unless told otherwise."""

    top_k: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(5, description="Only so many labels, the best ones")


class AudioClassification(RowTask):
    """One row for each sound; labels come best first."""

    name = "audio-classification"
    auto_model = "AutoModelForAudioClassification"
    outputs = ("logits",)
    answer = "labels"
    listed = False
    reads = ("feature_extractor",)
    takes_bytes = True
    Input = Sound
    Params = SoundLabelParams
    Output = list[LabelScore]

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return sound_rows(items, kit)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        return labelled(outs[0]["logits"], item.params, kit)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.SOUND, {}
