"""The fast profile with one application: faults, scaling and handles, on the stub engine."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.live.load import Load
from tests.live.replicas import pids, run_driver
from tests.live.server import Live, one_graph, stub

SCALING = {
    "min_replicas": 0, "initial_replicas": 0, "max_replicas": 3, "target_ongoing_requests": 8,
    "upscale_delay_s": 0.5, "downscale_delay_s": 1,
}  # fmt: skip
MODELS = [
    stub("plain", engine_options={"slow_s": 1.5}),
    stub("killed", engine_options={"forward_s": 0.02}, batching={"max_batch_size": 8}),
    stub("hanging", limits={"timeout_s": 2}),
    stub("deadly"),
    stub("small", limits={"max_queued_requests": 2}, engine_options={"slow_s": 0.5}),
    stub("scaled", engine_options={"forward_s": 0.1}, batching={"max_batch_size": 4}, autoscaling=SCALING),
    stub("broken", engine_options={"load_fails": "the weights are upside down"}),
    stub("words", "text-generation", engine_options={"step_s": 0.01}),
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    server = Live(tmp_path_factory.mktemp("one-graph"), one_graph(MODELS))
    yield server.await_ready()
    server.client.close()
    if server.process.poll() is None:
        server.stop()


def label(reply: httpx.Response) -> str:
    assert reply.status_code == 200, reply.text
    best: str = reply.json()["response"]["labels"][0]["label"]
    return best


def test_both_dialects_give_the_same_answer(live: Live) -> None:
    native = live.post("/models/plain", {"text": "hello"}).json()["response"]["labels"]
    [hugging_face] = live.post("/models/plain", {"inputs": "hello"}).json()
    assert native == hugging_face
    assert {each["label"] for each in native} == {"POSITIVE", "NEGATIVE"}


def test_a_model_that_cannot_load_says_why_and_leaves_the_others_alone(live: Live) -> None:
    state = live.state("broken")
    assert (state["state"], state["reason"]) == ("failed", "the weights are upside down")
    refused = live.post("/models/broken", {"inputs": "hello"})
    assert refused.status_code == 503
    assert refused.json()["error"] == 'model "broken" is failed: the weights are upside down'
    assert refused.json()["error_type"] == "not_ready"
    assert live.client.get("/ready").status_code == 200
    assert live.client.get("/ready?all=1").status_code == 503
    assert live.post("/models/plain", {"inputs": "hello"}).status_code == 200


def test_a_client_that_leaves_does_not_take_its_envelope_with_it(live: Live) -> None:
    alone = live.post("/models/plain", {"text": "stay 0"}).json()

    async def crowd() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=live.url, timeout=30) as client:
            blocking = asyncio.create_task(client.post("/models/plain", json={"text": "[slow]"}))
            await asyncio.sleep(0.3)
            staying = [asyncio.create_task(client.post("/models/plain", json={"text": f"stay {n}"})) for n in range(20)]
            leaving = [
                asyncio.create_task(client.post("/models/plain", json={"text": f"leave {n}"})) for n in range(20)
            ]
            await asyncio.sleep(0.5)
            for task in leaving:
                task.cancel()
            return [await task for task in [blocking, *staying]]

    replies = asyncio.run(crowd())
    assert [reply.status_code for reply in replies] == [200] * 21
    assert replies[1].json() == alone


def test_one_poisoned_input_fails_by_itself(live: Live) -> None:
    texts = ["good 0", "good 1", "[fail] me", *(f"good {n}" for n in range(2, 7))]
    with ThreadPoolExecutor(8) as pool:
        blocked = pool.submit(live.post, "/models/plain", {"text": "[slow]"})
        time.sleep(0.3)
        replies = list(pool.map(lambda text: live.post("/models/plain", {"text": text}), texts))
    assert blocked.result().status_code == 200
    assert [reply.status_code for reply in replies] == [200, 200, 500, 200, 200, 200, 200, 200]
    assert replies[2].json()["error_type"] == "model_error"
    assert "Traceback" not in replies[2].text and "[fail]" not in replies[2].text
    assert label(replies[0]) == label(live.post("/models/plain", {"text": "good 0"}))


def test_what_a_killed_replica_had_is_answered_by_the_next(live: Live) -> None:
    with Load(f"{live.url}/models/killed", lambda n: {"text": f"text {n}"}, clients=16) as load:
        load.await_answers(100)
        [pid] = pids()["serve-app"]["killed"]
        before = sum(load.statuses.values())
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        load.await_answers(before + 100)
        recovered_s = time.monotonic() - began
    assert set(load.statuses) == {200}, (load.statuses, load.bodies[:3])
    assert recovered_s < 15
    assert pids()["serve-app"]["killed"] != [pid]


def test_a_hung_forward_is_a_504_and_its_replica_is_replaced(live: Live) -> None:
    began = time.monotonic()
    reply = live.post("/models/hanging", {"text": "[hang]"})
    took_s = time.monotonic() - began
    assert (reply.status_code, reply.json()["error_type"]) == (504, "timeout")
    assert 1.9 < took_s < 4
    deadline = time.monotonic() + 15
    while live.post("/models/hanging", {"text": "hello"}).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_an_input_that_kills_two_processes_is_given_up(live: Live) -> None:
    reply = live.post("/models/deadly", {"text": "[die]"}, timeout=60)
    assert (reply.status_code, reply.json()["error_type"]) == (500, "replica_died")
    reply = live.post("/models/deadly", {"inputs": "hello", "options": {"wait_for_model": True}}, timeout=60)
    assert reply.status_code == 200


def test_replicas_follow_the_load_from_zero_and_back(live: Live) -> None:
    assert live.state("scaled")["state"] == "idle"
    began = time.monotonic()
    assert live.post("/models/scaled", {"text": "wake up"}).status_code == 200
    assert time.monotonic() - began < 15
    with Load(f"{live.url}/models/scaled", lambda n: {"text": f"text {n}"}, clients=48) as load:
        live.await_state("scaled", 3, within_s=30)
    assert set(load.statuses) == {200}, (load.statuses, load.bodies[:3])
    live.await_state("scaled", 0, within_s=30)
    assert live.state("scaled")["state"] == "idle"


def test_the_metrics_are_in_rays_export(live: Live) -> None:
    for _ in range(3):
        assert live.post("/models/plain", {"text": "hello"}).status_code == 200
    assert live.post("/models/plain", {"text": ""}).status_code == 400
    [targets] = json.loads(Path("/tmp/ray/prom_metrics_service_discovery.json").read_text())
    wanted = {
        ("requests_total", "dialect", "native"), ("errors_total", "error_type", "validation"),
        ("items_total", "deployment", "plain"), ("stage_seconds_total", "stage", "run"),
        ("batch_rows_total", "deployment", "plain"), ("queued_items", "deployment", "ingress"),
        ("envelopes_total", "deployment", "ingress"), ("ongoing_items", "deployment", "plain"),
    }  # fmt: skip
    deadline = time.monotonic() + 30
    while wanted:
        assert time.monotonic() < deadline, wanted
        lines = [
            line for target in targets["targets"] for line in httpx.get(f"http://{target}/metrics").text.splitlines()
        ]
        found = {
            each
            for each in wanted
            for line in lines
            if line.startswith(f"ray_serve_app_{each[0]}{{")
            and 'model="plain"' in line
            and f'{each[1]}="{each[2]}"' in line
        }
        wanted -= found
        time.sleep(1)


DRIVER = """
import ray
from ray import serve
from serve_app.errors import InvalidInput, Overloaded
ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
model = serve.get_deployment_handle("plain", "serve-app")
one = model.predict.remote("hello").result()
many = model.predict.remote(["hello", "world"], {"top_k": 1}).result()
assert many[0] == one[:1], (one, many)
small = serve.get_deployment_handle("small", "serve-app")
waiting = [small.predict.remote("[slow]") for _ in range(8)]
refusals = []
for call in waiting:
    try:
        call.result()
    except Overloaded as error:
        refusals.append(error.retry_after_s)
assert 1 <= len(refusals) <= 6 and all(1 <= after <= 60 for after in refusals), refusals
try:
    model.predict.remote("hello", {"top_k": 0}).result()
except InvalidInput as error:
    print("refused:", error.field, error.message)
words = serve.get_deployment_handle("words", "serve-app").options(stream=True)
events = list(words.stream.remote("abc", {"max_new_tokens": 5}))
pieces = "".join(event.text for event in events[:-1])
assert len(events) > 2 and events[-1].output["generated_text"] == "abc" + pieces, events
print("label:", one[0]["label"])
"""


def test_handles_are_typed_batched_and_checked_as_http_is(live: Live) -> None:
    done = run_driver(DRIVER)
    assert done.returncode == 0, done.stderr
    refused, best = done.stdout.splitlines()[-2:]
    over_http = live.post("/models/plain", {"inputs": "hello", "parameters": {"top_k": 0}}).json()
    assert refused == f"refused: parameters.top_k {over_http['error']}"
    assert best == f"label: {label(live.post('/models/plain', {'text': 'hello'}))}"


def test_sigterm_under_load_loses_nothing(tmp_path: Path, live: Live) -> None:
    """Runs last: it stops the module's server."""
    with Load(f"{live.url}/models/killed", lambda n: {"text": f"text {n}"}, clients=16) as load:
        load.await_answers(200)
        live.process.send_signal(signal.SIGTERM)
        time.sleep(2)
    assert load.statuses[200] >= 200
    # What was accepted was answered; what came later found no listener.
    assert set(load.statuses) == {200, "ConnectError"}, (load.statuses, load.bodies[:3])
    assert live.process.wait(60) == 0
