"""Many sleeping models that are asked for at one moment: each wakes and answers rightly."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from huggingface_hub import AsyncInferenceClient

from tests.live.replicas import pids
from tests.live.server import Live, one_graph

SLEEPS = {"min_replicas": 0, "initial_replicas": 0, "max_replicas": 1, "upscale_delay_s": 0.5, "downscale_delay_s": 600}
DEMOS = {
    "entities": ("bert-ner", "ner"),
    "topics": ("bert-nli", "zero-shot-classification"),
    "gaps": ("bert-mlm", "fill-mask"),
    "answers": ("bert-qa", "question-answering"),
    "tables": ("tapas", "table-question-answering"),
    "similarity": ("bert-embed", "sentence-similarity"),
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
    server = Live(tmp_path_factory.mktemp("waking"), one_graph(MODELS))
    yield server.await_ready()
    server.client.close()
    server.stop()


def asked(client: AsyncInferenceClient, url: str) -> dict[str, Any]:
    """What each model is asked, not yet awaited."""
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


def test_a_card_tells_licence_and_revision(live: Live) -> None:
    card = live.state("entities")
    assert (card["state"], card["license"]) == ("ready", "apache-2.0")
    assert card["revision"].startswith("bert-ner-")
    assert card["card"]["pipeline_tag"] == "token-classification"


def policies(pid: int) -> set[int]:
    found = set()
    for thread in psutil.Process(pid).threads():
        with contextlib.suppress(ProcessLookupError):  # one may end meanwhile
            found.add(os.sched_getscheduler(thread.id))
    return found


def test_whoever_answers_goes_before_what_keeps_the_cluster_together(live: Live) -> None:
    replicas = [pid for found in pids()["serve-app"].values() for pid in found]
    assert len(replicas) == len(DEMOS) + 1
    assert all(os.SCHED_OTHER in policies(pid) for pid in replicas)
    started = {each.name(): each.pid for each in psutil.Process(live.process.pid).children(recursive=True)}
    others = {name: policies(started[name]) for name in ("haproxy", "gcs_server", "raylet")}
    assert others == {name: {os.SCHED_BATCH} for name in others}
