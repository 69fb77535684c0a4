"""Speech recognition by models that listen first, and then write token by token: Whisper and its like."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.tasks.base import Arrays, Engine, Gone, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.hearing import decoded
from serve_app.tasks.media.input import Sound
from serve_app.tasks.speech.listener import Listener
from serve_app.tasks.speech.plain_listener import PlainListener
from serve_app.tasks.speech.recognition_params import RecognitionParams
from serve_app.tasks.speech.transcript import Transcript
from serve_app.tasks.speech.whisper_listener import WhisperListener
from serve_app.types import Done, Item


class Dictation(ProgramTask):
    """One row for each sound, with all of its parts; parts of several sounds share a call of the model."""

    name = "automatic-speech-recognition"
    auto_model = "AutoModelForSpeechSeq2Seq"
    answer = "text"
    listed = False
    reads = ("tokenizer", "feature_extractor")
    takes_bytes = True
    Input = Sound
    Params = RecognitionParams
    Output = Transcript

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def key(self, params: RecognitionParams) -> Hashable:
        return str(params)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [
            sound if isinstance(sound, Exception) else self._rows(item.params, sound, kit)
            for item, sound in zip(items, decoded(items, kit), strict=True)
        ]

    def _rows(self, params: RecognitionParams, sound: Any, kit: Kit) -> list[Row] | Exception:
        try:
            return [self._listener.row(sound, params, kit)]
        except AppError as error:
            return error

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        places = range(len(items))
        # What is drawn for one must not depend on who else is there.
        for together in [[place] for place in places] if items[0].params.draws else [list(places)]:
            self._write(together, items[0].params, rows, kit, engine, tick)

    def _write(
        self,
        places: Sequence[int],
        params: RecognitionParams,
        rows: Sequence[Row],
        kit: Kit,
        engine: Engine,
        tick: Tick,
    ) -> None:
        parts = [(place, arrays) for place in places for arrays in _parts(rows[place])]
        written: dict[int, list[dict[str, Any]]] = {place: [] for place in places}
        width = self._listener.at_once(params)
        for start in range(0, len(parts), width):
            away = tick({})
            wanted = [(place, arrays) for place, arrays in parts[start : start + width] if place not in away]
            if not wanted:
                continue
            owners = [place for place, _ in wanted]
            told = self._listener.write([arrays for _, arrays in wanted], params, kit, engine, _among(owners, tick))
            for place, out in zip(owners, told, strict=True):
                written[place].append(out)
            for place in dict.fromkeys(owners):
                if len(written[place]) == len(_parts(rows[place])):
                    tick({place: Done(self._listener.transcript(rows[place], written[place], params, kit))})

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.SOUND, {}


def listener_of(config: Mapping[str, Any]) -> Listener:
    """The kind of a model, told by its config.json."""
    return WhisperListener() if config.get("model_type") == "whisper" else PlainListener()


def _parts(row: Row) -> list[Arrays]:
    count = len(next(iter(row.arrays.values())))
    return [{name: array[number] for name, array in row.arrays.items()} for number in range(count)]


def _among(owners: Sequence[int], tick: Tick) -> Gone:
    """Which rows of a call belong to those whom nobody waits for any more."""

    def gone() -> frozenset[int]:
        away = tick({})
        return frozenset(number for number, owner in enumerate(owners) if owner in away)

    return gone
