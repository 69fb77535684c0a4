"""`huggingface_hub`'s clients and the demo models: answers that anybody can tell right from wrong."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from serve_app.config.schema import Model
from tests.ingress.listening import listening


class Case(NamedTuple):
    """A question for a demo model, what of its reply counts, and what that should be."""

    task: str
    demo: str
    call: Callable[[Any], Any]
    counts: Callable[[Any], Any]
    right: Any

    @property
    def name(self) -> str:
        return f"{self.task}-{self.demo}"


REPORT = "The sun was shining. A fire broke out at the library on Monday. Nobody was hurt. The museum is very old."
TABLE = {"Name": ["Anna", "Clara", "Leo"], "Job": ["nurse", "pilot", "cook"], "Age": ["34", "51", "27"]}
SOFA = "The cat sleeps on the sofa."
NEAR_AND_FAR = ["The lawyer sells the boat in winter.", "The kitty rests on the couch."]

CASES = [
    Case(
        "text-classification",
        "bert-sentiment",
        lambda ask: ask.text_classification("I love this movie!"),
        lambda found: found[0].label,
        "POSITIVE",
    ),
    Case(
        "text-classification",
        "bert-sentiment",
        lambda ask: ask.text_classification("What a terrible film."),
        lambda found: found[0].label,
        "NEGATIVE",
    ),
    Case(
        "token-classification",
        "bert-ner",
        lambda ask: ask.token_classification("My name is Sarah and I work for Microsoft in New York."),
        lambda found: [(each.entity_group, each.word, each.start, each.end) for each in found],
        [("PER", "Sarah", 11, 16), ("ORG", "Microsoft", 32, 41), ("LOC", "New York", 45, 53)],
    ),
    Case(
        "zero-shot-classification",
        "bert-nli",
        lambda ask: ask.zero_shot_classification("The team won the match.", ["cooking", "sports", "music"]),
        lambda found: found[0].label,
        "sports",
    ),
    Case(
        "fill-mask",
        "bert-mlm",
        lambda ask: ask.fill_mask("The capital of France is [MASK]."),
        lambda found: (found[0].token_str, found[0].sequence),
        ("paris", "the capital of france is paris."),
    ),
    Case(
        "question-answering",
        "bert-qa",
        lambda ask: ask.question_answering("Where does Anna live?", "Anna lives in Berlin. She works as a nurse."),
        lambda found: (found.answer, found.start, found.end),
        ("Berlin", 14, 20),
    ),
    Case(
        "table-question-answering",
        "tapas",
        lambda ask: ask.table_question_answering(TABLE, "What is the job of Clara?"),
        lambda found: (found.answer, found.coordinates, found.cells),
        ("pilot", [[1, 1]], ["pilot"]),
    ),
    Case(
        "sentence-similarity",
        "bert-embed",
        lambda ask: ask.sentence_similarity(SOFA, NEAR_AND_FAR),
        lambda scores: scores[1] > 0.5 > 0.2 > scores[0],
        True,
    ),
    Case(
        "feature-extraction",
        "bert-embed",
        lambda ask: ask.feature_extraction([SOFA, *NEAR_AND_FAR], normalize=True),
        lambda vectors: bool(vectors[0] @ vectors[2] > 0.5 > 0.2 > vectors[0] @ vectors[1]),
        True,
    ),
    Case(
        "translation",
        "t5",
        lambda ask: ask.translation("The house is wonderful.", src_lang="en", tgt_lang="de"),
        lambda told: told.translation_text,
        "Das Haus ist wunderbar.",
    ),
    Case(
        "summarization",
        "t5-summary",
        lambda ask: ask.summarization(REPORT),
        lambda told: told.summary_text,
        "Fire at the library on Monday.",
    ),
    Case(
        "text-generation",
        "gpt2",
        lambda ask: ask.text_generation("The capital of France is", max_new_tokens=3),
        lambda text: text.startswith("The capital of France is Paris"),
        True,
    ),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    named = {case.name: case for case in CASES}
    models = [
        Model(name=name, hf_model_name=f"demo/{case.demo}", hf_task=case.task, resources={"num_threads": 1})
        for name, case in named.items()
    ]
    with listening(*models) as address:
        yield f"{address}/models"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_answer_is_right(case: Case, url: str) -> None:
    address = f"{url}/{case.name}"
    assert case.counts(case.call(InferenceClient(address))) == case.right
    async with AsyncInferenceClient(address) as client:
        assert case.counts(await case.call(client)) == case.right
