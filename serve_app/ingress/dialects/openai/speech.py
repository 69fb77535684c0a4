"""`/v1/audio/speech`: a text in, the sound of someone saying it out."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from serve_app.ingress.dialects.base import Body, Call
from serve_app.ingress.dialects.openai.base import OpenAI
from serve_app.ingress.dialects.openai.refused import Refused
from serve_app.ingress.dialects.openai.request import Label, Request
from serve_app.ingress.entry import Entry
from serve_app.tasks.base import Task
from serve_app.tasks.media.sound_files import SoundFormat

FIELD = "input"
OWN_VOICES = frozenset(
    ("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse")
)
"""OpenAI's clients must name one of theirs: the model's usual voice speaks for all of them."""


class NamedVoice(BaseModel):
    """A voice by its name in an object."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Label = Field(description="The voice")


class SpeechRequest(Request):
    """The text itself is checked by the task."""

    passed: ClassVar[Mapping[str, str]] = {"speed": "speed", "seed": "seed"}

    input: str = Field(description="What is said")
    voice: Label | NamedVoice | None = Field(
        None, description="One of the model's voices; any of OpenAI's own names means its usual one"
    )
    response_format: SoundFormat | None = Field(
        None, description="The kind of file, mp3 by default; pcm has 24000 samples a second of 16 bits"
    )

    def parameters(self) -> dict[str, Any]:
        name = self.voice.id if isinstance(self.voice, NamedVoice) else self.voice
        voice = {} if name is None or name in OWN_VOICES else {"voice": name}
        return {"format": self.response_format or "mp3", **voice}


class Speech(OpenAI[SpeechRequest]):
    """The reply is the file itself."""

    name, mark = "openai-speech", FIELD
    Request = SpeechRequest
    words: ClassVar[Mapping[str, str]] = {"format": "response_format"}
    not_done: ClassVar[Mapping[str, Refused]] = {
        "instructions": Refused("how a text is said cannot be told in words", ("",)),
        "stream_format": Refused("the sound comes in one piece", ("audio",)),
    }

    def serves(self, task: Task) -> bool:
        return task.name == "text-to-speech"

    def inputs(self, request: SpeechRequest, entry: Entry) -> tuple[list[Any], bool]:
        return entry.inputs(request.input, FIELD)

    def example(self, task: Task) -> Body:
        return {FIELD: task.example()[0], "voice": "alloy", "response_format": "wav"}

    def answers(self, task: Task) -> Mapping[str, dict[str, Any]]:
        return {
            f"audio/{kind}": {"type": "string", "format": "binary"} for kind in ("mpeg", "ogg", "flac", "wav", "pcm")
        }

    def write(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Any:
        return outputs[0]

    def reply(self, call: Call, outputs: Sequence[Any], entry: Entry) -> Response:
        file = self.write(call, outputs, entry)
        return Response(file.data, media_type=file.media_type)
