"""The support matrix: the YAML word, and the task behind it."""

from serve_app.tasks.base import Task
from serve_app.tasks.feature_extraction import FeatureExtraction
from serve_app.tasks.text2text_generation import Text2TextGeneration
from serve_app.tasks.text_classification import TextClassification
from serve_app.tasks.text_generation import TextGeneration

TASKS: dict[str, Task] = {
    "text-classification": TextClassification(),
    "feature-extraction": FeatureExtraction(),
    "text-generation": TextGeneration(),
    "text2text-generation": Text2TextGeneration(),
}
_ALIASES: dict[str, Task] = {alias: task for task in TASKS.values() for alias in task.aliases}


def find(word: str) -> Task | None:
    """The task of a YAML word or alias."""
    return TASKS.get(word) or _ALIASES.get(word)


def words() -> tuple[str, ...]:
    """Every word that `hf_task` may hold."""
    return (*TASKS, *_ALIASES)
