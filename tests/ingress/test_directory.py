import asyncio
import logging
from typing import Any

import pytest

from serve_app.config.schema import Model
from serve_app.errors import NotFound, NotReady
from serve_app.ingress import directory as directory_module
from serve_app.ingress.directory import MODEL_BUILDER, Directory, Place, all_serve, nearest, settled
from tests.ingress.service import deployment, stub

LOADING = deployment("UPDATING", 0, 1)
FAILED = deployment("DEPLOY_FAILED", 0, 1, "no such weights")


def args(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "hf_model_name": "stub", "hf_task": "embeddings", "engine": "stub"} | more


def application(entry: dict[str, Any], details: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An application of one model, as Serve tells of it."""
    config = {"import_path": MODEL_BUILDER, "args": entry}
    deployments = {entry.get("name", "?"): details or deployment()}
    return {"status": "RUNNING", "message": "", "deployed_app_config": config, "deployments": deployments} | more


class Cluster:
    """Serve's status, changed by a test, and a directory that follows it."""

    def __init__(self, *own: Model, period_s: float = 1.0) -> None:
        self.applications: dict[str, Any] = {"own": {"deployments": {model.name: deployment() for model in own}}}
        self.fetched = 0
        self.directory = Directory([Place(model, "own") for model in own], self._fetch, period_s)

    def _fetch(self) -> Any:
        self.fetched += 1
        return self.applications

    def names(self) -> list[str]:
        return [entry.name for entry in self.directory.entries()]


async def test_own_models_are_known_before_serve_says_anything() -> None:
    directory = Cluster(stub("m")).directory
    entry = directory.find("m")
    assert directory.at("/models/m") is entry
    status = directory.status("m")
    assert (status.state, status.reason) == ("loading", "Ray Serve has not reported on it yet")


async def test_models_of_other_applications_come_and_go() -> None:
    cluster = Cluster(stub("m"))
    directory = cluster.directory
    await directory.refresh()
    cluster.applications["other"] = application(args("n", endpoint="a/b"))
    cluster.applications["stranger"] = {"deployed_app_config": {"import_path": "x:y", "args": args("z")}}
    await directory.refresh()
    assert cluster.names() == ["m", "n"]
    entry = directory.find("n")
    assert directory.at("/a/b") is directory.at("/a/b/") is directory.at("/models/n") is entry
    assert entry.application == "other"
    assert directory.status("n").state == "ready"
    cluster.applications["other"]["status"] = "DELETING"
    await directory.refresh()
    assert cluster.names() == ["m"]
    assert directory.at("/a/b") is None
    assert directory.paths() == ["/models/m"]


async def test_an_entry_stays_the_same_object_until_it_changes() -> None:
    cluster = Cluster()
    cluster.applications["other"] = application(args("n"))
    await cluster.directory.refresh()
    first = cluster.directory.find("n")
    cluster.applications["other"] = application(args("n"))
    await cluster.directory.refresh()
    assert cluster.directory.find("n") is first
    cluster.applications["other"] = application(args("n", description="changed"))
    await cluster.directory.refresh()
    changed = cluster.directory.find("n")
    assert changed is not first and changed.model.description == "changed"
    cluster.applications["elsewhere"] = cluster.applications.pop("other")
    await cluster.directory.refresh()
    assert cluster.directory.find("n") is not changed


@pytest.mark.parametrize("broken", [{}, {"name": "b"}, args("b", hf_task="no-such-task"), args("b", extra=1)])
async def test_one_broken_application_hides_no_other(broken: dict[str, Any]) -> None:
    cluster = Cluster(stub("m"))
    cluster.applications |= {"broken": application(broken, status="DEPLOY_FAILED"), "good": application(args("n"))}
    await cluster.directory.refresh()
    assert cluster.names() == ["m", "n"]
    cluster.applications["broken"] = application(args("b"))
    await cluster.directory.refresh()
    assert cluster.names() == ["m", "b", "n"]


async def test_of_two_models_of_a_name_the_first_is_served() -> None:
    cluster = Cluster(stub("m"))
    cluster.applications["other"] = application(args("m", endpoint="x"))
    await cluster.directory.refresh()
    assert cluster.directory.find("m").application == "own"
    assert cluster.directory.at("/x") is None


async def test_what_does_not_exist_is_told_with_what_does() -> None:
    directory = Cluster(stub("sentiment"), stub("vectors")).directory
    with pytest.raises(NotFound) as raised:
        directory.find("sentimnt")
    words = 'there is no model "sentimnt"; did you mean "sentiment"? there are: sentiment, vectors'
    assert str(raised.value) == words
    assert nearest("zzz", ["a", "b"]) == "there are: a, b"
    assert nearest("zzz", []) == "there are: none"
    for path in ("", "/", "//", "/models", "models/sentiment", "/models/sentiment/x"):
        assert directory.at(path) is None


async def test_answering_waits_for_a_model_that_loads() -> None:
    cluster = Cluster(stub("m"))
    ready = cluster.applications["own"]["deployments"]["m"]
    cluster.applications["own"]["deployments"]["m"] = LOADING
    directory = cluster.directory
    await directory.refresh()
    waiting = asyncio.create_task(directory.answering(directory.find("m"), 5))
    for _ in range(3):
        await directory.refresh()
        await asyncio.sleep(0.01)
        assert not waiting.done()
    cluster.applications["own"]["deployments"]["m"] = ready
    await directory.refresh()
    await asyncio.wait_for(waiting, 0.5)


async def test_answering_gives_up_when_the_time_is_over() -> None:
    cluster = Cluster(stub("m"))
    cluster.applications["own"]["deployments"]["m"] = LOADING
    await cluster.directory.refresh()
    began = asyncio.get_running_loop().time()
    with pytest.raises(NotReady, match=r'^model "m" is loading: its replicas are starting$') as raised:
        await cluster.directory.answering(cluster.directory.find("m"), 0.05)
    assert 0.05 <= asyncio.get_running_loop().time() - began < 0.5
    assert raised.value.retry_after_s == 5


@pytest.mark.parametrize("before", [LOADING, FAILED])
async def test_one_that_failed_is_held_only_briefly(before: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory_module, "HOLD_S", 0.1)
    cluster = Cluster(stub("m"))
    cluster.applications["own"]["deployments"]["m"] = before
    await cluster.directory.refresh()
    began = asyncio.get_running_loop().time()
    waiting = asyncio.create_task(cluster.directory.answering(cluster.directory.find("m"), 5))
    await asyncio.sleep(0.01)
    cluster.applications["own"]["deployments"]["m"] = FAILED
    await cluster.directory.refresh()
    with pytest.raises(NotReady, match=r'^model "m" is failed: no such weights$') as raised:
        await asyncio.wait_for(waiting, 0.5)
    assert asyncio.get_running_loop().time() - began >= 0.1, "some clients retry at once, forever"
    assert raised.value.retry_after_s == 30


async def test_one_that_failed_and_serves_again_is_answered() -> None:
    cluster = Cluster(stub("m"))
    ready = cluster.applications["own"]["deployments"]["m"]
    cluster.applications["own"]["deployments"]["m"] = FAILED
    await cluster.directory.refresh()
    waiting = asyncio.create_task(cluster.directory.answering(cluster.directory.find("m"), 5))
    await asyncio.sleep(0.01)
    cluster.applications["own"]["deployments"]["m"] = ready
    await cluster.directory.refresh()
    await asyncio.wait_for(waiting, 0.5)


@pytest.mark.parametrize("status", ["HEALTHY", "UPSCALING"])
async def test_calls_for_a_model_that_sleeps_or_wakes_are_taken(status: str) -> None:
    cluster = Cluster(stub("m"))
    cluster.applications["own"]["deployments"]["m"] = deployment(status, 0, 0 if status == "HEALTHY" else 1)
    await cluster.directory.refresh()
    await cluster.directory.answering(cluster.directory.find("m"), 0)


async def test_following_goes_on_whatever_serve_answers(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Cluster(stub("m"), period_s=0.01)
    told: list[str] = []
    cluster.directory.listeners.append(lambda: told.append(cluster.directory.status("m").state))
    following = asyncio.create_task(cluster.directory.follow())

    async def until_fetched(count: int) -> None:
        while cluster.fetched < count:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.005)

    await until_fetched(2)
    good, cluster.applications = cluster.applications, None  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR, "ray.serve"):
        await until_fetched(cluster.fetched + 2)
    assert cluster.directory.status("m").state == "ready", "what was known last stays"
    assert "Serve's status could not be read" in caplog.text
    good["own"]["deployments"]["m"] = LOADING
    cluster.applications = good
    await until_fetched(cluster.fetched + 2)
    assert cluster.directory.status("m").state == "loading"
    assert (told[0], told[-1]) == ("ready", "loading")
    following.cancel()


async def test_settled_and_all_serve() -> None:
    cluster = Cluster(stub("a"), stub("b"))
    states = cluster.applications["own"]["deployments"]
    failed, idle = deployment("DEPLOY_FAILED", 0, 1, "x"), deployment("HEALTHY", 0, 0)
    for a, b, rest, all_of_them in (
        (deployment(), deployment(), True, True),
        (deployment(), idle, True, True),
        (deployment(), failed, True, False),
        (deployment(), LOADING, False, False),
        (failed, failed, False, False),
    ):
        states |= {"a": a, "b": b}
        await cluster.directory.refresh()
        assert (settled(cluster.directory), all_serve(cluster.directory)) == (rest, all_of_them)
