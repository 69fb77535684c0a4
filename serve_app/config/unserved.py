"""Tasks of Hugging Face that are not served, each with the reason."""

from collections.abc import Mapping
from importlib.util import find_spec

from serve_app import tasks

_VIDEO_IN = "reading videos needs torchvision and a decoder, which are no part of this project"
_VIDEO_OUT = "its models make videos, and the clients refuse to ask a URL for one"
_TABLES = "models of tables of numbers are scikit-learn's and the like, as pickles, which can run code when opened"
REASONS: Mapping[str, str] = {
    "tabular-classification": _TABLES,
    "tabular-regression": _TABLES,
    "audio-to-audio": "its models are those of speechbrain and asteroid, which transformers cannot load",
    "video-classification": _VIDEO_IN,
    "video-text-to-text": _VIDEO_IN,
    "text-to-video": _VIDEO_OUT,
    "image-to-video": _VIDEO_OUT,
    "keypoint-matching": "it needs two images at once, and no client has a call for it",
    "keypoint-detection": "no client has a call for it",
    "unconditional-image-generation": "there is nothing to send to it: text-to-image takes a prompt",
    "text-to-3d": "its models make meshes, for which no client has a call",
    "image-to-3d": "its models make meshes, for which no client has a call",
    "any-to-any": "its models answer in several media at once, for which no client has a call",
    "reinforcement-learning": "its models act in an environment, and there is none to call them from here",
    "conversational": "chats are part of text-generation, and of image-text-to-text",
}
EXTRAS: Mapping[str, str] = {"diffusers": "diffusion"}
"""By the package that a task's models are loaded with, what installs it."""


def lacking(word: str) -> str:
    """The extra that a task needs and that is not installed here; empty where nothing is missing."""
    task = tasks.find(word)
    extra = EXTRAS.get(task.library, "") if task else ""
    return extra if task and extra and find_spec(task.library) is None else ""


def served() -> tuple[str, ...]:
    """Every word that `hf_task` may hold here."""
    return tuple(word for word in tasks.words() if not lacking(word))
