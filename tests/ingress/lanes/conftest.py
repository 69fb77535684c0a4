"""After every test: nothing is left running, and no timer is set."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.ingress.lanes.replicas import Replicas, settle


@pytest.fixture(autouse=True)
async def nothing_left_behind() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await settle()
    assert asyncio.all_tasks() - before <= {asyncio.current_task()}
    timers = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    assert [timer for timer in timers if not timer.cancelled()] == []


@pytest.fixture
def replicas() -> Replicas:
    return Replicas()
