"""The support matrix: the YAML word, and the task behind it."""

from serve_app.tasks.base import Task
from serve_app.tasks.feature_extraction import FeatureExtraction
from serve_app.tasks.fill_mask import FillMask
from serve_app.tasks.question_answering import QuestionAnswering
from serve_app.tasks.rerank import Rerank
from serve_app.tasks.sentence_similarity import SentenceSimilarity
from serve_app.tasks.summarization import Summarization
from serve_app.tasks.table_question_answering import TableQuestionAnswering
from serve_app.tasks.text2text_generation import Text2TextGeneration
from serve_app.tasks.text_classification import TextClassification
from serve_app.tasks.text_generation import TextGeneration
from serve_app.tasks.token_classification import TokenClassification
from serve_app.tasks.translation import Translation
from serve_app.tasks.zero_shot_classification import ZeroShotClassification

TASKS: dict[str, Task] = {
    "text-classification": TextClassification(),
    "token-classification": TokenClassification(),
    "zero-shot-classification": ZeroShotClassification(),
    "fill-mask": FillMask(),
    "table-question-answering": TableQuestionAnswering(),
    "feature-extraction": FeatureExtraction(),
    "question-answering": QuestionAnswering(),
    "sentence-similarity": SentenceSimilarity(),
    "rerank": Rerank(),
    "text-generation": TextGeneration(),
    "text2text-generation": Text2TextGeneration(),
    "translation": Translation(),
    "summarization": Summarization(),
}
_ALIASES: dict[str, Task] = {alias: task for task in TASKS.values() for alias in task.aliases}


def find(word: str) -> Task | None:
    """The task of a YAML word or alias."""
    return TASKS.get(word) or _ALIASES.get(word)


def words() -> tuple[str, ...]:
    """Every word that `hf_task` may hold."""
    return (*TASKS, *_ALIASES)
