"""The paths of the hub: a model by its name there, and by its task."""

from typing import Any

import pytest

from serve_app.tasks import TASKS
from tests.ingress.service import Service, error, serving, stub


def of_hub(name: str, hub: str, task: str, **entry: Any) -> Any:
    return stub(name, task, **entry).model_copy(update={"hf_model_name": hub})


MODELS = (
    of_hub("moods", "org/bert", "text-classification", endpoint="v/moods"),
    of_hub("vectors", "org/encoder", "feature-extraction"),
    of_hub("near", "org/encoder", "sentence-similarity"),
    of_hub("writer", "gpt2", "generation"),
)
SENTENCES = {"source_sentence": "a", "sentences": ["a", "b"]}


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("moods", ["/models/moods", "/models/org/bert", "/models/org/bert/", "/models/org%2Fbert"]),
        ("moods", ["/models/org/bert/pipeline/text-classification", "/models/moods/pipeline/sentiment-analysis/"]),
        ("moods", ["/pipeline/text-classification/org/bert", "/pipeline/sentiment-analysis/moods"]),
        ("vectors", ["/models/org/encoder", "/models/vectors"]),
        ("vectors", ["/models/org/encoder/pipeline/feature-extraction", "/pipeline/feature-extraction/org/encoder"]),
        ("near", ["/models/org/encoder/pipeline/sentence-similarity", "/pipeline/sentence-similarity/near"]),
        ("writer", ["/models/gpt2", "/pipeline/text-generation/gpt2", "/models/gpt2/pipeline/generation"]),
    ],
)
async def test_every_path_of_a_model_leads_to_it(name: str, paths: list[str]) -> None:
    async with serving(*MODELS) as service:
        model = next(model for model in MODELS if model.name == name)
        body = {"inputs": SENTENCES if name == "near" else "hello"}
        own = await service.post(model.path, body)
        assert own.status_code == 200
        for path in paths:
            reply = await service.post(path, body)
            assert (reply.status_code, reply.json()) == (200, own.json()), path
        assert {key.split(":")[0] for key in service.transports} == {name}


@pytest.mark.parametrize("name", TASKS)
async def test_every_task_at_every_path_with_its_pages(name: str) -> None:
    task = TASKS[name]
    value, params = task.example()
    body = {"inputs": value, "parameters": params}
    async with serving(of_hub("m", "org/m", name)) as service:
        own = await service.post("/models/m", body)
        assert own.status_code == 200
        for word in (name, *task.aliases):
            for path in ("/models/org/m", f"/models/org/m/pipeline/{word}", f"/pipeline/{word}/m"):
                reply = await service.post(path, body)
                assert (reply.status_code, reply.content) == (200, own.content), path
        for path in ("/models/m", "/models/org/m"):
            assert (await service.get(f"{path}/info")).json()["model_pipeline_tag"] == name
            assert (await service.get(f"{path}/health")).json() == {"status": "ok", "state": "ready"}
            assert (await service.get(path)).json()["task"] == name


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/models/org/bert/pipeline/fill-mask",
            'model "moods" does text-classification and not fill-mask: '
            "an entry of its own with `hf_task: fill-mask` would",
        ),
        ("/pipeline/no-such-task/moods", 'there is no task "no-such-task"; model "moods" does text-classification'),
        ("/pipeline/fill-mask/nobody", 'there is no model "nobody"; there are: moods, vectors, near, writer'),
        ("/models/nobody/pipeline/fill-mask", 'there is no model "nobody"; there are: moods, vectors, near, writer'),
    ],
)
async def test_what_leads_nowhere_says_so(path: str, words: str) -> None:
    async with serving(*MODELS) as service:
        told = error(await service.post(path, {"inputs": "hello"}))
        assert told[:3] == (404, "not_found", words)


@pytest.mark.parametrize(
    "path", ["/pipeline", "/pipeline/", "/pipeline/fill-mask", "/models/pipeline/", "/pipeline//m"]
)
async def test_half_a_path_is_none(service: Service, path: str) -> None:
    assert error(await service.post(path, {"inputs": "hello"}))[:2] == (404, "not_found")


async def test_only_to_post_to(service: Service) -> None:
    reply = await service.get("/pipeline/text-classification/sentiment")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


async def test_an_endpoint_of_that_name_goes_first() -> None:
    taken = of_hub("other", "org/other", "text-classification", endpoint="models/org/bert")
    async with serving(taken, MODELS[0]) as service:
        await service.post("/models/org/bert", {"inputs": "hello"})
        assert [key.split(":")[0] for key in service.transports] == ["other"]
