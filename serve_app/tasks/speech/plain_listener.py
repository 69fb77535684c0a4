"""Models that listen to a whole sound and write its text, without times: Speech2Text, Moonshine and others."""

from collections.abc import Sequence
from typing import Any

from serve_app.tasks.base import Arrays, Engine, Gone, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.hearing import SHORT_S, features, length_of, too_short
from serve_app.tasks.media.sounds import Samples
from serve_app.tasks.speech.listener import Listener, new_tokens, refuse, search_of, together
from serve_app.tasks.speech.recognition_params import RecognitionParams
from serve_app.tasks.speech.transcript import Transcript

_OF_WHISPER = ("return_timestamps", "chunk_length_s", "language", "task", "prompt")


class PlainListener(Listener):
    """One part for each sound; only those of one shape share a call."""

    def row(self, sound: Samples, params: RecognitionParams, kit: Kit) -> Row:
        refuse(params, *_OF_WHISPER)
        if len(sound) < kit.feature_extractor.sampling_rate * SHORT_S:
            raise too_short(sound, kit.feature_extractor.sampling_rate)
        new_tokens(params, kit, kit.max_total_tokens)
        [made] = features([sound], kit, return_attention_mask=True)
        arrays = {name: array[None] for name, array in made.items()}
        return Row(arrays, length_of(len(sound), kit), group=tuple(array.shape for array in arrays.values()))

    def write(
        self, parts: Sequence[Arrays], params: RecognitionParams, kit: Kit, engine: Engine, gone: Gone
    ) -> list[dict[str, Any]]:
        settings = {**search_of(params, kit), "max_new_tokens": new_tokens(params, kit, kit.max_total_tokens)}
        told = engine.call("generate", together(parts), settings, gone, params.seed)
        return [{"tokens": ids} for ids in (told["sequences"] if "sequences" in told else told["output"])]

    def transcript(
        self, row: Row, written: Sequence[dict[str, Any]], params: RecognitionParams, kit: Kit
    ) -> Transcript:
        [only] = written
        return {"text": kit.tokenizer.decode(only["tokens"].tolist(), skip_special_tokens=True)}
