"""One model of every task in the fast profile, asleep until the official clients ask: values, sync and async."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from tests import javascript
from tests.live.server import Live, one_graph

SLEEPS = {"min_replicas": 0, "initial_replicas": 0, "max_replicas": 1, "upscale_delay_s": 0.5, "downscale_delay_s": 600}
DEMOS = {
    "entities": ("bert-ner", "ner"),
    "topics": ("bert-nli", "zero-shot-classification"),
    "gaps": ("bert-mlm", "fill-mask"),
    "answers": ("bert-qa", "question-answering"),
    "tables": ("tapas", "table-question-answering"),
    "similarity": ("bert-embed", "sentence-similarity"),
    "reranker": ("bert-rerank", "rerank"),
    "translator": ("t5", "translation"),
    "summaries": ("t5-summary", "summarization"),
}
MODELS = [
    {
        "name": name,
        "hf_model_name": f"demo/{demo}",
        "hf_task": task,
        "autoscaling": SLEEPS,
        "limits": {"timeout_s": 150},
        "resources": {"num_cpus": 0.1, "num_threads": 1},
    }
    for name, (demo, task) in DEMOS.items()
]
PEOPLE = "Anna lives in Berlin. She works as a nurse."
PERSON = "My name is Sarah and I work for Acme in London."
TABLE = {"Name": ["Anna", "Clara", "Leo"], "Job": ["nurse", "pilot", "cook"], "Age": ["34", "51", "27"]}
REPORT = "The sun was shining. A fire broke out at the library on Monday. Nobody was hurt. The museum is very old."


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    server = Live(tmp_path_factory.mktemp("every-task"), one_graph(MODELS))
    yield server.await_ready()
    server.client.close()
    server.stop()


def asked(client: Any, url: str) -> dict[str, Any]:
    """What each model is asked; with the async client these are coroutines."""
    at = {name: f"{url}/models/{name}" for name in DEMOS}
    return {
        "entities": client.token_classification(PERSON, model=at["entities"]),
        "topics": client.zero_shot_classification(
            "The team won the match.", ["sports", "cooking", "weather"], model=at["topics"]
        ),
        "gaps": client.fill_mask("The capital of France is [MASK].", model=at["gaps"]),
        "answers": client.question_answering(question="Where does Anna live?", context=PEOPLE, model=at["answers"]),
        "tables": client.table_question_answering(TABLE, "What is the job of Clara?", model=at["tables"]),
        "similarity": client.sentence_similarity(
            "The cat sleeps on the sofa.", ["A train was late.", "The cat is sleeping on the couch."],
            model=at["similarity"],
        ),
        "translator": client.translation("The house is small.", model=at["translator"]),
        "summaries": client.summarization(REPORT, model=at["summaries"]),
    }  # fmt: skip


def check(answers: dict[str, Any]) -> None:
    found = {(entity.entity_group, entity.word.lower()) for entity in answers["entities"]}
    assert found == {("PER", "sarah"), ("ORG", "acme"), ("LOC", "london")}
    assert answers["topics"][0].label == "sports"
    assert answers["gaps"][0].token_str.lower() == "paris"
    answer = answers["answers"]
    assert (answer.answer, PEOPLE[answer.start : answer.end]) == ("Berlin", "Berlin")
    assert (answers["tables"].answer, answers["tables"].coordinates) == ("pilot", [[1, 1]])
    assert answers["similarity"][1] > answers["similarity"][0]
    assert answers["translator"].translation_text == "Das Haus ist klein."
    assert answers["summaries"].summary_text == "Fire at the library on Monday."


def test_the_first_requests_wake_every_model(live: Live) -> None:
    assert {live.state(name)["state"] for name in DEMOS} == {"idle"}

    async def all_at_once() -> dict[str, Any]:
        async with AsyncInferenceClient(timeout=200) as client:
            asks = asked(client, live.url)
            answers = await asyncio.gather(*asks.values())
        return dict(zip(asks, answers, strict=True))

    check(asyncio.run(all_at_once()))


def test_the_sync_client_hears_the_same(live: Live) -> None:
    check(asked(InferenceClient(timeout=150), live.url))


def test_rerank_has_no_client_and_answers_a_plain_post(live: Live) -> None:
    body = {
        "query": "How do I repair my bike?",
        "texts": ["To sell a car, take your time.", "To fix a bicycle, make a plan."],
    }
    best, other = httpx.post(f"{live.url}/models/reranker", json={"inputs": body}, timeout=150).json()
    assert (best["index"], other["index"]) == (1, 0)
    assert best["score"] > 0.5 > other["score"]


def test_a_card_tells_licence_and_revision(live: Live) -> None:
    card = live.state("entities")
    assert (card["state"], card["license"]) == ("ready", "apache-2.0")
    assert card["revision"].startswith("bert-ner-")
    assert card["card"]["pipeline_tag"] == "token-classification"


def test_the_javascript_client_hears_the_same(live: Live) -> None:
    sentences = {
        "source_sentence": "The cat sleeps on the sofa.",
        "sentences": ["A train was late.", "The cat sleeps."],
    }
    names, topics, gaps, answer, cells, alike, german, summary = javascript.ask(
        live.url,
        [
            ("entities", "tokenClassification", {"inputs": PERSON}),
            (
                "topics",
                "zeroShotClassification",
                {"inputs": "The team won the match.", "parameters": {"candidate_labels": ["sports", "cooking"]}},
            ),
            ("gaps", "fillMask", {"inputs": "The capital of France is [MASK]."}),
            ("answers", "questionAnswering", {"inputs": {"question": "Where does Anna live?", "context": PEOPLE}}),
            ("tables", "tableQuestionAnswering", {"inputs": {"query": "What is the job of Clara?", "table": TABLE}}),
            ("similarity", "sentenceSimilarity", {"inputs": sentences}),
            ("translator", "translation", {"inputs": "The house is small."}),
            ("summaries", "summarization", {"inputs": REPORT, "parameters": {"max_length": 40}}),
        ],
    )
    assert {(each["entity_group"], each["word"].lower()) for each in names} == {
        ("PER", "sarah"), ("ORG", "acme"), ("LOC", "london"),
    }  # fmt: skip
    assert topics[0]["label"] == "sports"
    assert gaps[0]["token_str"] == "paris"
    assert (answer["answer"], answer["start"], answer["end"]) == ("Berlin", 14, 20)
    assert (cells["answer"], cells["aggregator"]) == ("pilot", "NONE")
    assert alike[1] > alike[0]
    assert german["translation_text"] == "Das Haus ist klein."
    assert summary["summary_text"] == "Fire at the library on Monday."
