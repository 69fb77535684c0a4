"""`/v1/audio/transcriptions` and `/v1/audio/translations`: a sound in, what is said in it out."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from starlette.responses import PlainTextResponse, Response

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.bodies import Headers
from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.openai import form
from serve_app.ingress.dialects.openai.base import REQUEST, OpenAI
from serve_app.ingress.dialects.openai.refused import Refused
from serve_app.ingress.dialects.openai.subtitles import WRITERS, cues_of, lines_of
from serve_app.ingress.dialects.openai.transcription_requests import FIELD, TranscriptionRequest, TranslationRequest
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task

R = TypeVar("R", bound=TranslationRequest)


class _Hearing(OpenAI[R]):
    """What the two have in common."""

    mark = FIELD
    media_type = form.MEDIA_TYPE
    words: ClassVar[Mapping[str, str]] = {"return_timestamps": "response_format"}
    not_done: ClassVar[Mapping[str, Refused]] = {
        "stream": Refused("the answer comes in one piece", (False, "false")),
    }

    def serves(self, task: Task) -> bool:
        return task.name == "automatic-speech-recognition"

    def parse(self, headers: Headers, raw: bytes) -> Body:
        return form.fields_of(headers, raw)

    def inputs(self, request: R, entry: Entry) -> tuple[list[Any], bool]:
        return entry.inputs(request.file, FIELD)

    def example(self, task: Task) -> Body:
        return {FIELD: task.example()[0], "response_format": "json"}

    def answers(self, task: Task) -> Mapping[str, dict[str, Any]]:
        return {"application/json": {}, "text/plain": {"type": "string"}}

    def reply(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Response:
        request: TranslationRequest = call.asked[REQUEST]
        [output] = outputs
        if request.response_format == "text":
            return PlainTextResponse(output["text"])
        if (written := WRITERS.get(request.response_format or "")) is not None:
            return PlainTextResponse(written(lines_of(output)))
        return super().reply(call, outputs, entry)

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        request: TranslationRequest = call.asked[REQUEST]
        [output] = outputs
        lasts = output.get("duration")
        usage = {} if lasts is None else {"usage": {"type": "duration", "seconds": lasts}}
        if request.response_format != "verbose_json":
            return {"text": output["text"], **usage}
        spoken = output.get("language") or getattr(request, "language", None)
        known = {"language": spoken} if spoken else {}
        head = {"task": request.task or "transcribe", **known, "duration": lasts, "text": output["text"]}
        return {**head, **_timed(output, request), **usage}


class Transcriptions(_Hearing[TranscriptionRequest]):
    """In the language that is spoken."""

    name = "openai-transcriptions"
    Request = TranscriptionRequest
    not_done: ClassVar[Mapping[str, Refused]] = {
        **_Hearing.not_done,
        "chunking_strategy": Refused("long sounds are cut as the model needs it", ("auto",)),
        "include": Refused("how likely words are is not told here"),
        "keywords": Refused("words to expect go into prompt"),
        "known_speaker_names": Refused("speakers are not told apart"),
        "known_speaker_references": Refused("speakers are not told apart"),
        "languages": Refused("one language is spoken; use language"),
    }


class Translations(_Hearing[TranslationRequest]):
    """In English."""

    name = "openai-translations"
    Request = TranslationRequest

    def placed(self, error: AppError, entry: Entry, index: int | None) -> AppError:
        if isinstance(error, InvalidInput) and error.field == "task":
            return InvalidInput("this model writes what it hears, and cannot translate", "model")
        return super().placed(error, entry, index)


def _timed(output: Mapping[str, Any], request: TranslationRequest) -> dict[str, Any]:
    """Segments, words or both, as the caller wants them."""
    wanted = getattr(request, "timestamp_granularities", None) or ["segment"]
    told: dict[str, Any] = {}
    if "segment" in wanted:
        temperature = request.temperature or 0.0
        lines = lines_of(output, words=request.timed == "word")
        told["segments"] = [
            {"id": index, **line._asdict(), "temperature": temperature} for index, line in enumerate(lines)
        ]
    if "word" in wanted:
        told["words"] = [{"word": cue.text, "start": cue.start, "end": cue.end} for cue in cues_of(output)]
    return told
