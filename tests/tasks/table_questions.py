"""Tables and questions in many scripts, and what the pipeline of transformers answers to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.tiny_models import SENTENCES

TASK = "table-question-answering"
TABLES: tuple[dict[str, list[str]], ...] = (
    {"good": ["yes", "no", "a b c"], "day": ["36542", "4512", "3934"], "c": ["651", "77", "34"]},
    {"x": ["今天", "天气 很好", "no 5", "wonderful", "12"], "يوم": ["جميل", "جدا", "", "a", "👩‍👩‍👧"]},
    {"a b": ["1", "2", "3", "4", "5", "6"]},
    {"cafe\u0301": ["nai\u0308ve", "2.5", "May 2010", "1,000"], "z": ["1 may", "x y", "?", "n/a"], "": list("3210")},
)
QUESTIONS = ("good day 36542?", "which is larger than 2", "no", *SENTENCES[3:])
INPUTS: list[dict[str, Any]] = [{"query": question, "table": table} for table in TABLES for question in QUESTIONS]


def pipeline(folder: Path) -> Any:
    from transformers import pipeline

    return pipeline(TASK, str(folder), device="cpu")


def expected(pipe: Any, value: Mapping[str, Any], **params: Any) -> dict[str, Any]:
    answer = pipe(query=value["query"], table=value["table"], **params)
    return {"aggregator": "NONE", **answer, "coordinates": [list(place) for place in answer["coordinates"]]}
