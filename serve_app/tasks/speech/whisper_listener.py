"""Whisper: half a minute at once, many languages, and times between what it writes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.tasks.base import Arrays, Engine, Gone, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.hearing import FRAMES_PER_SECOND, features, length_of
from serve_app.tasks.media.sounds import Samples
from serve_app.tasks.speech.languages import NAMES, code_of
from serve_app.tasks.speech.listener import Listener, new_tokens, search_of, together
from serve_app.tasks.speech.recognition_params import RecognitionParams
from serve_app.tasks.speech.transcript import Transcript, timed
from serve_app.tasks.speech.windows import windows

# Where it starts, the language, the task, and whether times are told.
_START_TOKENS = 4
_MOST_PARTS, _MOST_TIMES = 256, 8
"""Each part costs as much as half a minute, however short it is: a few of them, or so many for every half minute."""


class _Sound(NamedTuple):
    seconds: float
    edges: tuple[tuple[float, float, float], ...]
    """Of each part its seconds, and those at its edges that its neighbours tell; none of a sound in one piece."""


class WhisperListener(Listener):
    """What lasts longer than half a minute is heard in its own steps, or in parts where that is asked for."""

    def row(self, sound: Samples, params: RecognitionParams, kit: Kit) -> Row:
        _check(params, kit)
        reader, rate = kit.feature_extractor, kit.feature_extractor.sampling_rate
        edges: tuple[tuple[float, float, float], ...] = ()
        if params.chunk_length_s is not None:
            length, left, right = (round(seconds * rate) for seconds in (params.chunk_length_s, *params.edges_s))
            parts = windows(sound, length, left, right)
            most = max(_MOST_PARTS, _MOST_TIMES * math.ceil(len(sound) / reader.n_samples))
            if len(parts) > most:
                raise InvalidInput(
                    f"the sound would be heard in {len(parts)} parts, and {most} are the most: take longer ones, or "
                    "narrower edges",
                    "chunk_length_s",
                )
            edges = tuple((len(part.samples) / rate, part.left / rate, part.right / rate) for part in parts)
            made = features([part.samples for part in parts], kit, return_attention_mask=True)
        elif len(sound) <= reader.n_samples:
            made = features([sound], kit, return_attention_mask=True)
        else:
            made = features([sound], kit, truncation=False, padding="longest", return_attention_mask=True)
        arrays = together(made)
        steps = arrays["input_features"].shape[-1]
        cost = (
            len(made) * reader.chunk_length * FRAMES_PER_SECOND if steps == _steps(kit) else length_of(len(sound), kit)
        )
        return Row(arrays, cost, group=_is_long(arrays, kit), about=_Sound(len(sound) / rate, edges))

    def at_once(self, params: RecognitionParams) -> int:
        # Transformers lines up steps and words of a single part; of several, only while none is ahead of the others.
        return 1 if params.return_timestamps == "word" else super().at_once(params)

    def write(
        self, parts: Sequence[Arrays], params: RecognitionParams, kit: Kit, engine: Engine, gone: Gone
    ) -> list[dict[str, Any]]:
        arrays = together(parts)
        languages = _languages(arrays, params, kit, engine, gone)
        settings = _settings(params, kit)
        if languages:
            settings["language"] = languages
        if prompt := _prompt(params, kit):
            arrays["prompt_ids"] = np.asarray(prompt)

        told = engine.call("generate", arrays, settings, gone, params.seed)
        tokens = told["sequences"] if "sequences" in told else told["output"]
        times = [_times(segments) for segments in told.get("segments", ())]
        return [
            {
                "tokens": tokens[place],
                "times": times[place] if times else None,
                "language": languages[place] if languages else None,
            }
            for place in range(len(parts))
        ]

    def transcript(
        self, row: Row, written: Sequence[dict[str, Any]], params: RecognitionParams, kit: Kit
    ) -> Transcript:
        sound: _Sound = row.about
        outputs = [{"tokens": each["tokens"][None]} for each in written]
        for place, each in enumerate(written):
            if each["times"] is not None:
                outputs[place]["token_timestamps"] = each["times"][None]
            if sound.edges:
                outputs[place]["stride"] = sound.edges[place]
        text, told = kit.tokenizer._decode_asr(
            outputs,
            return_timestamps=params.return_timestamps or None,
            return_language=None,
            time_precision=kit.feature_extractor.chunk_length / kit.whole_config["max_source_positions"],
        )
        if not params.return_timestamps:
            return {"text": text}
        code = written[0]["language"]
        return timed(text, told["chunks"], sound.seconds, NAMES.get(code, code) if code else None)


def _check(params: RecognitionParams, kit: Kit) -> None:
    """Refuse what this model was not made for, and what does not fit."""
    known: Mapping[str, int] = kit.generation.get("lang_to_id") or {}
    if params.language is not None and known:
        code_of(params.language, known)
    for name in ("language", "task"):
        if getattr(params, name) is not None and not _many_languages(kit):
            raise InvalidInput("this model knows one language and only writes down what is said: leave it out", name)
    if params.return_timestamps == "char":
        raise InvalidInput('this model tells times of words, not of letters: use true or "word"', "return_timestamps")
    if params.return_timestamps and "no_timestamps_token_id" not in kit.generation:
        raise InvalidInput(
            "this model's generation_config.json says nothing of times: leave it out", "return_timestamps"
        )
    if params.return_timestamps == "word" and "alignment_heads" not in kit.generation:
        raise InvalidInput("this model tells no times of words: use true, or leave it out", "return_timestamps")
    if (params.chunk_length_s or 0) > kit.feature_extractor.chunk_length:
        raise InvalidInput(f"this model hears {kit.feature_extractor.chunk_length} s at once", "chunk_length_s")
    _settings(params, kit)


def _settings(params: RecognitionParams, kit: Kit) -> dict[str, Any]:
    places = kit.whole_config["max_target_positions"]
    room = places - _START_TOKENS - len(_prompt(params, kit))
    settings: dict[str, Any] = {**search_of(params, kit), "max_new_tokens": new_tokens(params, kit, room)}
    if _many_languages(kit):
        settings["task"] = params.task or kit.generation.get("task") or "transcribe"
    if params.return_timestamps:
        settings["return_timestamps"] = True
    if params.return_timestamps == "word":
        settings |= {"return_token_timestamps": True, "return_segments": True}
    return settings


def _times(segments: Sequence[Mapping[str, Any]]) -> NDArray[Any]:
    """When each token was heard, counted from the start of the part."""
    return np.concatenate([np.zeros(0), *(segment["token_timestamps"] for segment in segments)])


def _languages(arrays: Arrays, params: RecognitionParams, kit: Kit, engine: Engine, gone: Gone) -> list[str]:
    """The language of each part; none where nobody asks, since the model then finds out by itself."""
    count = len(arrays["input_features"])
    if not _many_languages(kit):
        return []
    known: Mapping[str, int] = kit.generation["lang_to_id"]
    if (named := params.language or kit.generation.get("language")) is not None:
        return [code_of(named, known)] * count
    if not params.return_timestamps:
        return []
    start = {"input_features": np.ascontiguousarray(arrays["input_features"][:, :, : _steps(kit)])}
    names = {id: token.strip("<|>") for token, id in known.items()}
    return [names[int(id)] for id in engine.call("detect_language", start, {}, gone)["output"]]


def _prompt(params: RecognitionParams, kit: Kit) -> list[int]:
    """The ids of what could have come before, of which the end counts most."""
    if params.prompt is None:
        return []
    try:
        [mark, *ids] = kit.tokenizer.get_prompt_ids(params.prompt, return_tensors="np").tolist()
    except ValueError:
        raise InvalidInput("a prompt must not hold the model's own marks, such as <|en|>", "prompt") from None
    return [mark, *ids[-(kit.whole_config["max_target_positions"] // 2 - 2) :]]


def _many_languages(kit: Kit) -> bool:
    return bool(kit.generation.get("is_multilingual", True) and kit.generation.get("lang_to_id"))


def _steps(kit: Kit) -> int:
    """How many steps of a spectrogram the model sees at once."""
    return int(kit.feature_extractor.nb_max_frames)


def _is_long(arrays: Arrays, kit: Kit) -> bool:
    return bool(arrays["input_features"].shape[-1] > _steps(kit))
