"""Every reply, request and parameter against the schemas that the hub publishes."""

from collections.abc import Mapping
from typing import Any

import pytest

from serve_app.tasks import TASKS
from tests.ingress.service import error, serving, stub
from tests.matrix.published import (
    CORRECTED,
    ELSEWHERE,
    REFUSED,
    faults_in_reply,
    faults_in_request,
    parameters_of,
    schema_of,
)

PUBLISHED = [name for name in TASKS if schema_of(name, "input")]
FORMS: Mapping[str, Any] = {
    "table-question-answering": {"question": "How many people?", "table": {"City": ["Rome"], "People": ["28"]}}
}
"""Inputs in the published words, where a task's own example has others that are taken as well."""


def test_some_are_published_and_every_correction_is_of_one() -> None:
    assert len(PUBLISHED) > 15
    assert {*CORRECTED, *REFUSED, *ELSEWHERE} <= {*PUBLISHED}


@pytest.mark.parametrize("name", PUBLISHED)
async def test_a_published_request_is_taken_and_its_reply_is_as_published(name: str) -> None:
    value, params = TASKS[name].example()
    body = {"inputs": FORMS.get(name, value), "parameters": params}
    assert faults_in_request(name, body) == []
    async with serving(stub("m", name)) as service:
        reply = await service.post("/models/m", body)
    assert reply.status_code == 200
    if reply.headers["content-type"] == "application/json":
        assert faults_in_reply(name, reply.json()) == []
    else:
        assert reply.headers["content-type"].partition("/")[0] in ("image", "audio")


@pytest.mark.parametrize("name", CORRECTED)
async def test_no_correction_is_without_need(name: str) -> None:
    value, params = TASKS[name].example()
    async with serving(stub("m", name)) as service:
        reply = await service.post("/models/m", {"inputs": value, "parameters": params})
    assert faults_in_reply(name, reply.json(), corrected=False) != []


@pytest.mark.parametrize("name", PUBLISHED)
async def test_every_published_parameter_is_one_or_is_refused_by_its_name(name: str) -> None:
    known, refused = TASKS[name].Params.model_fields.keys(), REFUSED.get(name, {})
    assert parameters_of(name) - known - ELSEWHERE.get(name, frozenset()) == refused.keys()
    value, params = TASKS[name].example()
    async with serving(stub("m", name)) as service:
        for parameter in refused:
            reply = await service.post("/models/m", {"inputs": value, "parameters": {**params, parameter: True}})
            assert error(reply)[::3] == (422, f"parameters.{parameter}")
