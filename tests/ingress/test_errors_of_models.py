"""What is wrong with a request, in each dialect; after every bad one a good one is answered."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from serve_app.config.schema import Batching, Limits
from serve_app.ingress import answering, directory
from tests.ingress.service import MODELS, SLOW_S, Service, error, serving, stub

S, V, W = "/models/sentiment", "/models/vectors", "/models/writer/generate"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    small = stub("small", limits=Limits(max_items=3, max_input_tokens=20))
    async with serving(*MODELS, small, max_body_bytes=1_000_000, max_items=100) as running:
        yield running


async def good(service: Service) -> None:
    reply = await service.post(S, {"text": "hello"})
    assert reply.status_code == 200, reply.text
    assert reply.json()["response"]["labels"][0]["label"] == "POSITIVE"


# A field's fault in the words of both dialects: `{}` is the name of the field.
INPUTS: list[tuple[str, Any, str, str]] = [
    (S, None, "{}", "`{}` must be a string"),
    (S, 5, "{}", "`{}` must be a string"),
    (S, True, "{}", "`{}` must be a string"),
    (V, {"a": 1}, "{}.token_ids", "`{}.token_ids` is missing; `{}.a` is not a field of this input"),
    (S, {"text": "a"}, "{}.text_pair", "`{}.text_pair` is missing"),
    (S, {"text": "a", "text_pair": "b", "c": 1}, "{}.c", "`{}.c` is not a field of this input"),
    (S, "", "{}", "`{}` must not be empty"),
    (S, " \t\n\u3000", "{}", "`{}` must not be blank: it holds nothing but white space"),
    (S, [], "{}", "`{}` is an empty list"),
    (S, ["fine", 7], "{}[1]", "`{}[1]` must be a string"),
    (S, ["fine", ""], "{}[1]", "`{}[1]` must not be empty"),
    (S, [["a", "b"]], "{}[0]", "`{}[0]` must be a string"),
    (S, 10**40, "{}", "`{}` must be a string"),
]
PARAMETERS: list[tuple[str, Any, str, str]] = [
    (W, [], "{}", "`{}` must be an object"),
    (W, "max", "{}", "`{}` must be an object"),
    (V, "normalize", "{}", "`{}` must be an object"),
    (W, {"max_new_tokens": "5"}, "{}.max_new_tokens", "`{}.max_new_tokens` must be a whole number"),
    (W, {"max_new_tokens": 1.5}, "{}.max_new_tokens", "`{}.max_new_tokens` must be a whole number"),
    (W, {"max_new_tokens": True}, "{}.max_new_tokens", "`{}.max_new_tokens` must be a whole number"),
    (W, {"max_new_tokens": 10**30}, "{}.max_new_tokens", "`{}.max_new_tokens` must be a whole number"),
    (W, {"max_new_tokens": 0}, "{}.max_new_tokens", "`{}.max_new_tokens` must be greater than or equal to 1"),
    (W, {"top_p": 1.01}, "{}.top_p", "`{}.top_p` must be less than or equal to 1"),
    (W, {"temperature": -1}, "{}.temperature", "`{}.temperature` must be greater than or equal to 0"),
    (W, {"do_sample": 1}, "{}.do_sample", "`{}.do_sample` must be true or false"),
    (W, {"stop": 5}, "{}.stop", "`{}.stop` must be a string or be a list"),
    (W, {"stop": ["x", ""]}, "{}.stop", "`{}.stop` must be a string; `{}.stop[1]` must have at least 1 character"),
    (
        W,
        {"min_new_tokens": 5, "max_new_tokens": 3},
        "{}",
        "`{}`: min_new_tokens 5 is above max_new_tokens 3",
    ),
    (
        W,
        {"top_p": 2, "top_k": -1},
        "{}.top_k",
        "`{}.top_k` must be greater than or equal to 0; `{}.top_p` must be less than or equal to 1",
    ),
    (V, {"pooling": "sum"}, "{}.pooling", "`{}.pooling` must be 'mean', 'cls', 'last', 'max' or 'none'"),
    (
        V,
        {"normalise": True},
        "{}.normalise",
        "`{}.normalise` is not a parameter of this task; there are normalize, pooling, dimensions, truncate, "
        "truncation_direction, prompt_name, encoding_format",
    ),
    # Found on the replica, and still in the caller's own words:
    (V, {"prompt_name": "query"}, "{}.prompt_name", "the model has no such prompt; it has: none"),
    (V, {"dimensions": 9}, "{}.dimensions", "the model's vectors have 8 numbers"),
]


@pytest.mark.parametrize(("mark", "status"), [("text", 400), ("inputs", 422)])
@pytest.mark.parametrize(("path", "value", "field", "words"), INPUTS)
async def test_inputs(service: Service, mark: str, status: int, path: str, value: Any, field: str, words: str) -> None:
    told = error(await service.post(path, {mark: value}))
    assert told == (status, "validation", words.replace("{}", mark), field.replace("{}", mark))
    await good(service)


@pytest.mark.parametrize(
    ("mark", "parameters", "status"), [("text", "generation_params", 400), ("inputs", "parameters", 422)]
)
@pytest.mark.parametrize(("path", "value", "field", "words"), PARAMETERS)
async def test_parameters(
    service: Service, mark: str, parameters: str, status: int, path: str, value: Any, field: str, words: str
) -> None:
    told = error(await service.post(path, {mark: "hello", parameters: value}))
    assert told == (status, "validation", words.replace("{}", parameters), field.replace("{}", parameters))
    await good(service)


@pytest.mark.parametrize(("mark", "status"), [("text", 400), ("inputs", 422)])
async def test_too_many(service: Service, mark: str, status: int) -> None:
    told = error(await service.post("/models/small", {mark: ["x"] * 4}))
    words = f"`{mark}` holds 4 inputs, and this model takes 3 in one request (limits.max_items)"
    assert told == (status, "too_many_items", words, mark)
    told = error(await service.post(S, {mark: ["x"] * 101}))
    words = f"`{mark}` holds 101 inputs, and this server takes 100 (server.max_items)"
    assert told == (status, "too_many_items", words, mark)
    assert (await service.post("/models/small", {mark: ["x"] * 3})).status_code == 200
    assert (await service.post(S, {mark: ["x"] * 100})).status_code == 200


@pytest.mark.parametrize(("mark", "status"), [("text", 400), ("inputs", 422)])
async def test_too_long(service: Service, mark: str, status: int) -> None:
    words = "the input has 21 tokens and the model takes 20"
    assert error(await service.post("/models/small", {mark: "x" * 21})) == (status, "input_too_long", words, mark)
    told = error(await service.post("/models/small", {mark: ["x", "y" * 21]}))
    assert told == (status, "input_too_long", f"`{mark}[1]`: {words}", f"{mark}[1]")
    assert (await service.post("/models/small", {mark: "x" * 20})).status_code == 200
    told = error(await service.post(W, {mark: "x" * 4096}))
    assert told[:2] == (status, "input_too_long")
    assert "no room is left for an answer" in told[2]


@pytest.mark.parametrize("body", [{}, {"texts": "x"}, {"text": "x", "inputs": "x"}, {"text": None, "inputs": None}])
async def test_both_or_neither(service: Service, body: Any) -> None:
    holds = "both" if len(body) == 2 else "neither"
    words = f"the body must hold exactly one of `text` (native) or `inputs` (huggingface); it holds {holds}"
    assert error(await service.post(S, body)) == (400, "bad_request", words, None)
    await good(service)


@pytest.mark.parametrize(
    ("body", "status", "field", "words"),
    [
        ({"text": "x", "b": 1, "a": 1}, 400, "a", "`a` is not a field of a request; there are `text`"),
        ({"text": "x", "parameters": {}}, 400, "parameters", "`parameters` is not a field of a request"),
        ({"text": "x", "options": {}}, 400, "options", "`options` is not a field of a request"),
        ({"inputs": "x", "top_k": 1}, 422, "top_k", "`top_k` is not a field of a request; there are `inputs`,"),
        ({"inputs": "x", "generation_params": {}}, 422, "generation_params", "`generation_params` is not a field"),
        ({"inputs": "x", "options": []}, 422, "options", "`options` must be an object"),
        ({"inputs": "x", "options": {"wait": True}}, 422, "options.wait", "`options.wait` is not an option; there"),
        (
            {"inputs": "x", "options": {"wait_for_model": 2}},
            422,
            "options.wait_for_model",
            "`options.wait_for_model` must be true or false",
        ),
        ({"inputs": "x", "y" * 500: 1}, 422, "y" * 80 + "…", "`" + "y" * 80 + "…` is not a field"),
    ],
)
async def test_unknown_fields(service: Service, body: Any, status: int, field: str, words: str) -> None:
    told = error(await service.post(S, body))
    assert (told[0], told[1], told[3]) == (status, "validation", field)
    assert told[2].startswith(words)
    await good(service)


async def test_what_hugging_face_clients_send_and_nobody_needs(service: Service) -> None:
    body = {"inputs": "hello", "stream": False, "model": "dummy", "options": None, "parameters": None}
    assert (await service.post(S, body)).status_code == 200
    assert (await service.post(S, {"inputs": "x", "parameters": {"top_k": None}})).status_code == 200
    told = error(await service.post(S, {"inputs": "x", "parameters": {"unknown": None}}))
    assert told[:2] == (422, "validation")
    reply = await service.client.post(S, json={"inputs": "hello"}, headers={"X-Use-Cache": "0"})
    assert reply.status_code == 200


async def test_one_poisoned_input_is_named_and_takes_nobody_along(service: Service) -> None:
    bystanders = [asyncio.create_task(service.post(S, {"text": f"text {number}"})) for number in range(20)]
    bad = error(await service.post(S, {"text": ["good", "so [fail]", "good"]}))
    assert bad == (500, "model_error", "`text[1]`: the model failed on this input", "text[1]")
    assert [(await each).status_code for each in bystanders] == [200] * 20
    alone = error(await service.post(S, {"inputs": "[fail]"}))
    assert alone == (500, "model_error", "the model failed on this input", "inputs")
    await good(service)


async def test_the_deadline() -> None:
    timeout_s, batching = 0.6, Batching(max_batch_size=1)
    slow = stub("m", limits=Limits(timeout_s=timeout_s), batching=batching, engine_options={"slow_s": 0.4})
    async with serving(slow) as service:
        replies = await asyncio.gather(*(service.post("/models/m", {mark: "[slow]"}) for mark in ("text", "inputs")))
        assert replies[0].status_code == 200
        told = error(replies[1])
        assert told[:2] == (504, "timeout")
        assert f"no answer within {timeout_s:g} s" in told[2]
        assert (await service.post("/models/m", {"inputs": "hello"})).status_code == 200


async def test_a_full_queue() -> None:
    limits, batching = Limits(max_queued_requests=2), Batching(max_batch_size=1)
    async with serving(stub("m", limits=limits, batching=batching)) as service:
        replies = await asyncio.gather(*(service.post("/models/m", {"inputs": "[slow]"}) for _ in range(6)))
        statuses = sorted(reply.status_code for reply in replies)
        assert statuses == [200, 200, 200, 200, 429, 429]
        refused = next(reply for reply in replies if reply.status_code == 429)
        assert error(refused)[:2] == (429, "overloaded")
        assert "2 inputs wait for this model already, and its limit is 2" in refused.json()["error"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert "estimated_time" not in refused.json()


async def test_priorities_from_the_header(service: Service) -> None:
    for given in ("10", "-10", "0"):
        assert (await service.post(S, {"text": "x"}, **{"X-Priority": given})).status_code == 200
    sent = [envelope.items[0].priority for each in service.transports.values() for envelope in each.envelopes]
    assert sent == [10, -10, 0]
    for given in ("11", "-11", "high", "1.5", ""):
        told = error(await service.post(S, {"inputs": "x"}, **{"X-Priority": given}))
        assert told == (400, "bad_request", "X-Priority must be a whole number from -10 to 10", "X-Priority")


async def test_while_it_loads(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "HOLD_S", 0.05)
    loading = {"status": "UPDATING", "message": "", "target_num_replicas": 1, "replicas": []}
    await service.refresh(sentiment=loading)
    began = asyncio.get_running_loop().time()
    reply = await service.post(S, {"text": "x"})
    assert asyncio.get_running_loop().time() - began >= 0.05, "held: some clients retry at once, forever"
    assert error(reply) == (503, "not_ready", 'model "sentiment" is loading: its replicas are starting', None)
    assert reply.json()["estimated_time"] == 5.0
    assert reply.headers["retry-after"] == "5"
    assert (await service.post(V, {"text": "x"})).status_code == 200, "the others serve on"


@pytest.mark.parametrize("by", ["option", "header"])
async def test_who_waits_for_the_model_is_answered_when_it_is_ready(
    service: Service, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "HOLD_S", 0.01)
    ready = dict(service.deployments["sentiment"])
    await service.refresh(sentiment={"status": "UPDATING", "message": "", "target_num_replicas": 1, "replicas": []})
    body: dict[str, Any] = {"inputs": "x"} | ({"options": {"wait_for_model": True}} if by == "option" else {})
    headers = {"X-Wait-For-Model": "true"} if by == "header" else {}
    waiting = asyncio.create_task(service.post(S, body, **headers))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await service.refresh(sentiment=ready)
    assert (await waiting).status_code == 200


async def test_one_that_failed_says_why(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "HOLD_S", 0.05)
    message = (
        "The deployment failed to start 3 times in a row. See controller logs for details. Error:\n"
        'Traceback (most recent call last):\n  File "x.py", line 1, in __init__\n'
        "serve_app.errors.ModelCannotLoad: there is no folder ./weights\n"
    )
    await service.refresh(
        sentiment={"status": "DEPLOY_FAILED", "message": message, "target_num_replicas": 1, "replicas": []}
    )
    began = asyncio.get_running_loop().time()
    reply = await service.post(S, {"inputs": "x"}, **{"X-Wait-For-Model": "1"})
    assert 0.05 <= asyncio.get_running_loop().time() - began < 0.9, "held, but not for as long as one that loads"
    assert error(reply) == (503, "not_ready", 'model "sentiment" is failed: there is no folder ./weights', None)
    assert reply.json()["estimated_time"] == 30.0


async def test_a_client_that_leaves_is_counted_and_its_work_dropped(service: Service) -> None:
    leaving = asyncio.create_task(service.post(S, {"text": "[slow]"}))
    await asyncio.sleep(SLOW_S / 3)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert service.meters.sum_of("serve_app_errors_total", "sentiment", "cancelled") == 1
    [transport] = service.transports.values()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert transport.executor.load().items == 0
    await good(service)


async def test_what_is_counted(service: Service) -> None:
    await good(service)
    await service.post(S, {"inputs": ""})
    await service.raw(S, b"{")
    count = service.meters.sum_of
    assert [count("serve_app_requests_total", "sentiment", by) for by in ("native", "huggingface", "-")] == [1, 1, 1]
    assert count("serve_app_errors_total", "sentiment", "validation") == 1
    assert count("serve_app_errors_total", "sentiment", "bad_request") == 1
    assert 0 < count("serve_app_request_seconds_total", "sentiment") < 5
