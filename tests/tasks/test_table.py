"""The support matrix: words, aliases, and what every task must have."""

import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app import tasks
from serve_app.tasks.base import Task


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("text-classification", "text-classification"),
        ("sentiment-analysis", "text-classification"),
        ("token-classification", "token-classification"),
        ("ner", "token-classification"),
        ("feature-extraction", "feature-extraction"),
        ("embeddings", "feature-extraction"),
        ("sentence-similarity", "sentence-similarity"),
        ("rerank", "rerank"),
        ("text-ranking", "rerank"),
        ("text-generation", "text-generation"),
        ("generation", "text-generation"),
        ("text2text-generation", "text2text-generation"),
        ("seq2seq", "text2text-generation"),
    ],
)
def test_words_and_aliases_find_their_task(word: str, name: str) -> None:
    task = tasks.find(word)
    assert task is not None
    assert task.name == name
    assert word in tasks.words()


def test_an_unknown_word_finds_nothing() -> None:
    assert tasks.find("text-clasification") is None


@pytest.mark.parametrize("task", tasks.TASKS.values(), ids=tasks.TASKS)
def test_each_task_is_complete(task: Task) -> None:
    assert tasks.TASKS[task.name] is task
    value, params = task.example()
    TypeAdapter(task.Input).validate_python(value)
    task.Params.model_validate(params)
    for name, field in task.Params.model_fields.items():
        assert field.description, f"{name} has no description"
    with pytest.raises(ValidationError, match="Extra inputs"):
        task.Params.model_validate({"no_such_parameter": 1})
