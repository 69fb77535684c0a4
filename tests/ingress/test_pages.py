from typing import Any

from serve_app.config.schema import Limits
from tests.ingress.service import Service, deployment, error, serving, stub

LOADING = deployment("UPDATING", 0, 1)
IDLE = deployment("HEALTHY", 0, 0)
FAILED = deployment("DEPLOY_FAILED", 0, 1, "The deployment failed to start 3 times in a row. Error:\nout of luck")


async def states(service: Service, strict: bool = False) -> tuple[int, Any]:
    reply = await service.get("/ready?all=1" if strict else "/ready")
    body = reply.json()
    assert body["ready"] is (reply.status_code == 200)
    if reply.status_code == 503:
        assert error(reply)[:2] == (503, "not_ready")
        assert reply.headers["retry-after"] == "1"
    return reply.status_code, {name: model["state"] for name, model in body["models"].items()}


async def test_ready_follows_the_models(service: Service) -> None:
    others = {"vectors": "ready", "writer": "ready", "translator": "ready"}
    assert await states(service) == (200, {"sentiment": "ready"} | others)
    assert (await states(service, strict=True))[0] == 200

    await service.refresh(sentiment=LOADING)
    assert await states(service) == (503, {"sentiment": "loading"} | others)
    assert "sentiment is loading" in (await service.get("/ready")).json()["error"]

    await service.refresh(sentiment=FAILED)
    assert await states(service) == (200, {"sentiment": "failed"} | others), "settled, and others serve"
    assert (await states(service, strict=True))[0] == 503
    assert (await service.get("/ready")).json()["models"]["sentiment"]["reason"]

    await service.refresh(sentiment=IDLE)
    assert await states(service) == (200, {"sentiment": "idle"} | others)
    assert (await states(service, strict=True))[0] == 200, "one that sleeps counts as ready"

    await service.refresh(**dict.fromkeys(("sentiment", *others), FAILED))
    assert (await states(service))[0] == 503, "at least one must serve"


async def test_nothing_is_ready_before_serve_has_said_so() -> None:
    async with serving(stub("m")) as service:
        service.directory._status.clear()
        assert await states(service) == (503, {"m": "loading"})
        assert await states(service, strict=True) == (503, {"m": "loading"})


async def test_without_models_nothing_is_ready(service: Service) -> None:
    from serve_app.config.schema import Server
    from tests.ingress.service import Service as Made

    empty = Made([], Server())
    await empty.directory.refresh()
    async with empty.client:
        assert await states(empty) == (503, {})
        assert await states(empty, strict=True) == (503, {})
        assert (await empty.get("/models")).json() == []
        assert error(await empty.get("/models/x"))[2] == 'there is no model "x"; there are: none'


async def test_health_is_alive_whatever_the_models_do(service: Service) -> None:
    await service.refresh(**dict.fromkeys(("sentiment", "vectors", "writer", "translator"), FAILED))
    reply = await service.get("/health")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


async def test_models(service: Service) -> None:
    await service.refresh(vectors=IDLE)
    reply = (await service.get("/models")).json()
    assert reply == (await service.get("/")).json()["models"] == (await service.get("/models/")).json()
    assert reply[1:3] == [
        {
            "name": "vectors",
            "task": "feature-extraction",
            "endpoint": "/models/vectors",
            "url": "http://test:8000/models/vectors",
            "state": "idle",
        },
        {
            "name": "writer",
            "task": "text-generation",
            "endpoint": "/models/writer/generate",
            "url": "http://test:8000/models/writer/generate",
            "state": "ready",
        },
    ]


async def test_urls_are_those_that_the_caller_used(service: Service) -> None:
    reply = await service.client.get("/", headers={"Host": "models.example:81"})
    assert reply.json()["models"][0]["url"] == "http://models.example:81/models/sentiment"
    assert reply.json()["links"]["docs"] == "http://models.example:81/docs"


async def test_every_link_of_the_index_answers(service: Service) -> None:
    index = (await service.get("/")).json()
    assert index["name"] == "serve-app"
    assert set(index["links"]) == {"health", "ready", "models", "openapi.json", "docs"}
    for url in index["links"].values():
        assert (await service.get(url)).status_code == 200


async def test_one_model(service: Service) -> None:
    assert (await service.get("/models/sentiment")).json() == {
        "name": "sentiment",
        "task": "text-classification",
        "endpoint": "/models/sentiment",
        "url": "http://test:8000/models/sentiment",
        "state": "ready",
        "reason": "",
        "replicas": {"running": 1, "target": 1},
        "description": "Tells moods",
        "tags": ["text", "english"],
        "hf_model_name": "stub/sentiment",
        "engine": "stub",
        "dtype": "float32",
        "device": "cpu",
        "revision": "stub",
        "parameters": 7,
        "license": "mit",
        "card": {"license": "mit", "language": ["en"]},
        "writes": None,
        "limits": {
            "timeout_s": 60,
            "max_queued_requests": 1000,
            "max_input_tokens": 4096,
            "max_pixels": 2**25,
            "max_sound_s": 600,
            "max_items": 128,
        },
        "batching": {"max_batch_size": 32, "max_batch_tokens": 16384, "wait_ms": 0},
    }


async def test_a_sleeping_model_is_described_without_waking_it() -> None:
    entry = stub("m", limits=Limits(max_input_tokens=77), hf_model_kwargs={"revision": "abc"}, hf_device="cuda")
    async with serving(entry) as service:
        await service.refresh(m=IDLE)
        told = (await service.get("/models/m")).json()
        assert service.cards == []
        assert (told["state"], told["reason"]) == ("idle", "scaled to zero; the next request wakes it")
        assert told["limits"]["max_input_tokens"] == 77
        assert (told["dtype"], told["device"], told["revision"]) == (None, "cuda", "abc")


async def test_a_failed_model_tells_its_reason(service: Service) -> None:
    await service.refresh(sentiment=FAILED)
    told = (await service.get("/models/sentiment")).json()
    assert told["state"] == "failed" and told["reason"]
    assert told["replicas"] == {"running": 0, "target": 1}


async def test_the_registry_of_the_original(service: Service) -> None:
    assert (await service.get("/registry/models")).json()[0] == {
        "name": "sentiment",
        "description": "Tells moods",
        "tags": ["text", "english"],
        "endpoint": "/models/sentiment",
    }
    assert [line["name"] for line in (await service.get("/registry/models")).json()] == [
        "sentiment",
        "vectors",
        "writer",
        "translator",
    ]
