"""Who would rather wait for a model says so in the body or in a header, in any of the usual words."""

import asyncio
from typing import Any

import pytest

from serve_app.ingress import answering
from tests.ingress.service import Service, deployment, error

PATH = "/models/sentiment"
LOADING = deployment("UPDATING", running=0, target=1)
YES = [True, 1, "true", "1", "True"]
NO = [False, 0, "false", "0", "False"]


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "HOLD_S", 0.02)


def asked(by: str, said: Any) -> tuple[dict[str, Any], dict[str, str]]:
    if by == "option":
        return {"inputs": "x", "options": {"wait_for_model": said, "use_cache": said}}, {}
    return {"inputs": "x"}, {"X-Wait-For-Model": str(said), "X-Use-Cache": str(said)}


@pytest.mark.parametrize("by", ["option", "header"])
@pytest.mark.parametrize("said", YES, ids=repr)
async def test_who_waits_is_held_until_the_model_is_ready(service: Service, by: str, said: Any) -> None:
    ready = dict(service.deployments["sentiment"])
    await service.refresh(sentiment=LOADING)
    body, headers = asked(by, said)
    waiting = asyncio.create_task(service.post(PATH, body, **headers))
    await asyncio.sleep(0.08)
    assert not waiting.done()
    await service.refresh(sentiment=ready)
    assert (await waiting).status_code == 200


@pytest.mark.parametrize("by", ["option", "header"])
@pytest.mark.parametrize("said", NO, ids=repr)
async def test_who_does_not_is_told_when_to_come_back(service: Service, by: str, said: Any) -> None:
    await service.refresh(sentiment=LOADING)
    body, headers = asked(by, said)
    reply = await service.post(PATH, body, **headers)
    assert error(reply)[:2] == (503, "not_ready")
    assert reply.json()["estimated_time"] == 5.0


async def test_either_place_is_enough(service: Service) -> None:
    ready = dict(service.deployments["sentiment"])
    await service.refresh(sentiment=LOADING)
    body = {"inputs": "x", "options": {"wait_for_model": True}}
    waiting = asyncio.create_task(service.post(PATH, body, **{"X-Wait-For-Model": "false"}))
    await asyncio.sleep(0.08)
    await service.refresh(sentiment=ready)
    assert (await waiting).status_code == 200


@pytest.mark.parametrize("header", ["X-Wait-For-Model", "X-Use-Cache"])
@pytest.mark.parametrize("said", ["", "yes", "2", "tru", "\xff"])
async def test_other_words_are_refused(service: Service, header: str, said: str) -> None:
    reply = await service.client.post(PATH, json={"inputs": "x"}, headers={header.encode(): said.encode("latin-1")})
    assert error(reply) == (400, "bad_request", f"{header} must be true or false (1 or 0)", header)
    assert (await service.post(PATH, {"inputs": "x"}, **{header: "1"})).status_code == 200


@pytest.mark.parametrize("said", [None, 2, -1, 0.5, "yes", "", [], {}])
@pytest.mark.parametrize("name", ["wait_for_model", "use_cache", "use_gpu", "dont_load_model"])
async def test_other_words_in_the_body_too(service: Service, name: str, said: Any) -> None:
    told = error(await service.post(PATH, {"inputs": "x", "options": {name: said}}))
    assert told == (422, "validation", f"`options.{name}` must be true or false", f"options.{name}")
