"""What stands behind a model's own URL, and how a body on a path of the whole server names its model."""

from typing import Any

import pytest

from serve_app.config.schema import Limits
from serve_app.errors import InvalidInput, NotFound
from serve_app.ingress.directory import Directory, Place
from serve_app.ingress.naming import entry_named
from serve_app.ingress.surfaces import MARKED, found_at
from tests.ingress.reading import events_of
from tests.ingress.service import APPLICATION, Service, deployment, error, serving, stub

G = "/models/writer/generate/generate"


async def test_generate_answers_with_an_object_and_without_the_prompt(service: Service) -> None:
    assert (await service.post(G, {"inputs": "abc"})).json() == {"generated_text": "abc"}
    asked = {"inputs": "abc", "parameters": {"return_full_text": True, "max_new_tokens": 2}}
    assert (await service.post(G, asked)).json() == {"generated_text": "abcab"}
    detailed = (await service.post(G, {"inputs": "a", "parameters": {"details": True, "best_of": 1}})).json()
    assert detailed == {
        "generated_text": "a",
        "details": {
            "finish_reason": "eos_token",
            "generated_tokens": 2,
            "seed": None,
            "prefill": [],
            "tokens": [
                {"id": 97, "text": "a", "logprob": 0.0, "special": False},
                {"id": 257, "text": "", "logprob": -1.0, "special": True},
            ],
        },
    }
    assert (await service.post("/translate/generate", {"inputs": "abc"})).json() == {"generated_text": "abc"}


async def test_the_config_s_own_word_on_the_prompt_counts() -> None:
    full = stub("full", "generation", hf_generation_kwargs={"return_full_text": True})
    async with serving(full) as service:
        assert (await service.post("/models/full/generate", {"inputs": "a"})).json() == {"generated_text": "aa"}


async def test_generate_stream_streams_without_being_asked(service: Service) -> None:
    for body in ({"inputs": "ab"}, {"inputs": "ab", "stream": True}):
        events = events_of(await service.post("/models/writer/generate_stream", body))
        assert [event["token"]["text"] for event in events] == ["a", "b", ""]
        assert [event["generated_text"] for event in events] == [None, None, "ab"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        (G, {}, 422, "validation", "inputs"),
        (G, {"inputs": ["a"]}, 422, "validation", "inputs"),
        (G, {"inputs": "a", "stream": True}, 422, "validation", "stream"),
        (G, {"inputs": "a", "stream": 0}, 422, "validation", "stream"),
        (G, {"inputs": "a", "other": 1}, 422, "validation", "other"),
        (G, {"inputs": "a", "parameters": 5}, 422, "validation", "parameters"),
        (G, {"inputs": "a", "parameters": {"top_p": 2}}, 422, "validation", "parameters.top_p"),
        (G, {"inputs": "a" * 5000}, 422, "validation", "inputs"),
        (G, {"inputs": "[fail]"}, 500, "generation", "inputs"),
        (G, [], 400, "bad_request", None),
        ("/models/writer/generate_stream", {"inputs": "a", "stream": False}, 422, "validation", "stream"),
        ("/models/writer/generate_stream", {"inputs": "[fail]"}, 500, "generation", "inputs"),
        ("/models/sentiment/generate", {"inputs": "a"}, 404, "not_found", None),
        ("/models/nobody/generate", {"inputs": "a"}, 404, "not_found", None),
    ],
)
async def test_faults_in_the_words_of_these_clients(
    service: Service, path: str, body: Any, status: int, kind: str, field: str | None
) -> None:
    told = error(await service.post(path, body))
    assert (told[0], told[1], told[3]) == (status, kind, field)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", G, "POST"),
        ("PUT", "/models/writer/generate_stream", "POST"),
        ("POST", "/models/sentiment/info", "GET, HEAD"),
        ("DELETE", "/translate/health", "GET, HEAD"),
    ],
)
async def test_wrong_methods(service: Service, method: str, path: str, allowed: str) -> None:
    reply = await service.client.request(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)
    assert reply.json()["error"] == f"{method} is not allowed here; use {allowed}"


async def test_info() -> None:
    limited = stub("w", "generation", limits=Limits(max_queued_requests=7, max_items=3))
    async with serving(limited, stub("c")) as service:
        told = (await service.get("/models/w/info")).json()
        version = told.pop("version")
        assert told == {
            "model_id": "stub/w", "model_sha": "stub", "model_dtype": "float32", "model_device_type": "cpu",
            "model_pipeline_tag": "text-generation", "max_concurrent_requests": 7, "max_best_of": 16,
            "max_stop_sequences": 16, "max_input_tokens": 4096, "max_total_tokens": 4096,
            "max_client_batch_size": 3, "max_batch_total_tokens": None, "router": "serve-app",
        }  # fmt: skip
        assert version == (await service.get("/")).json()["version"]
        asked = {"best_of": told["max_best_of"], "stop": ["!"] * told["max_stop_sequences"]}
        assert (await service.post("/models/w", {"inputs": "a", "parameters": asked})).status_code == 200
        for more in ({"best_of": 17}, {"stop": ["!"] * 17}):
            assert (await service.post("/models/w", {"inputs": "a", "parameters": more})).status_code == 422
        other = (await service.get("/models/c/info/")).json()
        assert (other["model_pipeline_tag"], other["max_best_of"]) == ("text-classification", None)
        await service.refresh(w=deployment("UPDATING", running=0, target=1))
        asleep = (await service.get("/models/w/info")).json()
        assert (asleep["model_id"], asleep["model_dtype"]) == ("stub/w", None)


async def test_health(service: Service) -> None:
    for path in ("/models/sentiment/health", "/models/writer/generate/health", "/translate/health"):
        reply = await service.get(path)
        assert (reply.status_code, reply.json()) == (200, {"status": "ok", "state": "ready"})
    assert (await service.client.head("/translate/health")).status_code == 200
    await service.refresh(translator=deployment("UPDATING", running=0, target=1))
    reply = await service.get("/translate/health")
    assert error(reply)[:3] == (503, "not_ready", 'model "translator" is loading: its replicas are starting')
    assert reply.headers["retry-after"] == "5"
    await service.refresh(translator=deployment("HEALTHY", running=0, target=0))
    reply = await service.get("/translate/health")
    assert (reply.status_code, reply.json()["state"]) == (200, "idle")
    assert (await service.get("/health")).json() == {"status": "ok"}


def directory(*names: tuple[str, str]) -> Directory:
    models = [
        stub(name, "generation", endpoint=endpoint).model_copy(update={"hf_model_name": f"org/{name}"})
        for name, endpoint in names
    ]
    return Directory([Place(model, APPLICATION) for model in models], dict)


def test_a_model_s_own_url_goes_before_what_stands_behind_another_s() -> None:
    known = directory(("a", "models/a"), ("b", "models/a/generate"))
    found = found_at("/models/a/generate", known)
    assert found is not None and found.entry is not None
    assert (found.entry.name, found.surface) == ("b", MARKED)
    behind = found_at("/models/a/generate_stream/", known)
    assert behind is not None and behind.entry is not None
    assert (behind.entry.name, behind.surface is MARKED) == ("a", False)
    assert found_at("/models/c/generate", known) is None
    assert found_at("/generate", known) is None


def test_a_model_is_named_by_either_of_its_names_and_with_an_adapter() -> None:
    known = directory(("a", "a"), ("b:c", "b"))
    for wanted in ("a", "org/a", "a:tuned", "org/a:tuned"):
        assert entry_named(known, wanted).name == "a"
    for wanted in ("b:c", "org/b:c", "b:c:tuned"):
        assert entry_named(known, wanted).name == "b:c"
    with pytest.raises(NotFound) as missing:
        entry_named(known, "aa")
    assert (missing.value.field, str(missing.value)) == (
        "model", 'there is no model "aa"; did you mean "a"? there are: a, b:c',
    )  # fmt: skip
    for odd, words in ((None, "`model` is missing"), (5, "`model` must be a string")):
        with pytest.raises(InvalidInput, match=words):
            entry_named(known, odd)
