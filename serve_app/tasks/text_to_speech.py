"""Text to speech: the sound of someone saying it out."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from serve_app.errors import AppError, InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Engine, Params, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.output import Base64Blob
from serve_app.tasks.media.sound_files import MEDIA_TYPES, SoundFormat, sound_file
from serve_app.tasks.speech.voices import Voice, speaker_of
from serve_app.tasks.text.encoding import encode
from serve_app.tasks.text.input import Text
from serve_app.types import Done, Item

# Some five minutes of speech: what a model needs while it speaks grows with all that it says.
_MOST_TOKENS = 8200
_RATE = 16_000


class SpeechParams(Params):
    """Who speaks, how fast, and in which kind of file."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        None, description="Makes the same text sound the same every time, whatever else is asked for meanwhile"
    )
    speed: Annotated[float, Field(ge=0.25, le=4)] | None = Field(
        None, description="How fast it is said; 1 is the model's usual speed, 2 is twice as fast"
    )
    voice: Voice | None = Field(
        None, description="Which of the model's voices speaks, by its number; by default the first one"
    )
    format: SoundFormat | None = Field(None, description="The kind of file, wav by default")


class TextToSpeech(ProgramTask):
    """Texts are said one after the other.

    How long a text will sound is not known before, and the layers that make samples of it hear what stands beside it:
    padding would change its end.
    """

    name = "text-to-speech"
    aliases = ("text-to-audio",)
    auto_model = "AutoModelForTextToWaveform"
    answer = "audio"
    listed = False
    makes = MEDIA_TYPES
    example_fits = False
    Input = Text
    Params = SpeechParams
    Output = Base64Blob

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type", "vits")
        if kind != "vits":
            raise ModelCannotLoad(f"{self.name} needs a model of the kind VITS (MMS), and this is {kind}")
        try:
            encode(kit.tokenizer, ["a"])
        except ImportError as error:
            raise ModelCannotLoad(f"the model's tokenizer wants a package that is not here: {error}") from error

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        encoded = encode(kit.tokenizer, [item.input for item in items])
        return [_rows(item.params, ids, kit) for item, ids in zip(items, encoded, strict=True)]

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        rate = int(kit.whole_config.get("sampling_rate") or _RATE)
        for place, (item, row) in enumerate(zip(items, rows, strict=True)):
            if place in tick({}):
                continue
            params: SpeechParams = item.params
            arrays = {name: array[None] for name, array in row.arrays.items()}
            told = engine.call("forward", arrays, _settings(params, kit), lambda: frozenset(tick({})), params.seed)
            [sound] = told["waveform"] if "waveform" in told else told["output"]
            tick({place: Done(sound_file(np.asarray(sound, dtype=np.float32), rate, params.format or "wav"))})

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "hello, nice to meet you", {"seed": 1}


def _rows(params: SpeechParams, ids: list[int], kit: Kit) -> list[Row] | Exception:
    try:
        speaker_of(params.voice, kit)
        limit = min(kit.max_input_tokens, _MOST_TOKENS)
        if not ids:
            raise InvalidInput("the text holds nothing that this model can say")
        if len(ids) > limit:
            raise InputTooLong(f"the text has {len(ids)} tokens and this model says {limit} at once")
    except AppError as error:
        return error
    own = np.asarray(ids, dtype=np.int64)
    return [Row({"input_ids": own, "attention_mask": np.ones_like(own)}, len(ids))]


def _settings(params: SpeechParams, kit: Kit) -> dict[str, Any]:
    usual = float(kit.whole_config.get("speaking_rate") or 1)
    settings = {} if params.speed is None else {"speaking_rate": usual * params.speed}
    speaker = speaker_of(params.voice, kit)
    return settings if speaker is None else {**settings, "speaker_id": speaker}
