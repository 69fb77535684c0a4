"""Rerank as Cohere's clients ask for it and as TEI's do, beside what the native dialect says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from serve_app.config.schema import Limits
from serve_app.ingress.dialects.openai.rerank_requests import CohereRequest, TeiRequest
from tests.ingress.openai.probing import Probed, probe
from tests.ingress.service import Service, deployment, serving, stub

JUDGE = stub("judge", "rerank", limits=Limits(max_input_tokens=64))
QUERY, DOCUMENTS = "how do I mend a bike?", ["buy a car", "mend the chain", "größer 🎉", "a"]
COHERE: dict[str, Any] = {"query": QUERY, "documents": DOCUMENTS}
TEI: dict[str, Any] = {"query": QUERY, "texts": DOCUMENTS}
PATHS = ("/rerank", "/v1/rerank", "/v2/rerank")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(JUDGE, stub("moods")) as running:
        yield running


async def native(service: Service, **params: Any) -> list[dict[str, Any]]:
    reply = await service.post("/models/judge", {"text": TEI, "generation_params": params})
    ranked: list[dict[str, Any]] = reply.json()["response"]["results"]
    return ranked


@pytest.mark.parametrize("path", [*PATHS, *(f"/models/judge{path}" for path in PATHS)])
async def test_both_shapes_on_every_path(service: Service, path: str) -> None:
    expected = await native(service)
    assert [each["score"] for each in expected] == sorted((each["score"] for each in expected), reverse=True)
    told = (await service.post(path, {"model": "judge", **COHERE})).json()
    assert told["results"] == [{"index": each["index"], "relevance_score": each["score"]} for each in expected]
    assert told.keys() == {"id", "results", "meta"} and told["id"].startswith("rerank-")
    assert (await service.post(path, {"model": "judge", **TEI})).json() == expected
    assert (await service.post(path, TEI)).json() == expected, "the only model that reranks"


async def test_what_cohere_s_clients_may_ask(service: Service) -> None:
    documents = [DOCUMENTS[0], {"text": DOCUMENTS[1], "title": "Chains", "year": 1999}, *DOCUMENTS[2:]]
    asked = {"model": "judge", "query": QUERY, "documents": documents, "top_n": 3, "return_documents": True}
    told = (await service.post("/v1/rerank", {**asked, "rank_fields": ["text"], "priority": 0})).json()
    expected = await native(service, top_n=3)
    assert [each["index"] for each in told["results"]] == [each["index"] for each in expected]
    by_index = {each["index"]: each["document"] for each in told["results"]}
    whole = [document if isinstance(document, dict) else {"text": document} for document in documents]
    assert by_index == {index: whole[index] for index in by_index} and len(by_index) == 3
    assert 1 in by_index, "what stands beside a text comes back with it"
    tokens = sum(len(f"{QUERY}{text}".encode()) for text in DOCUMENTS)
    assert told["meta"] == {"api_version": {"version": "2"}, "tokens": {"input_tokens": tokens, "output_tokens": 0}}


async def test_long_documents_are_cut_in_cohere_s_shape_and_refused_in_tei_s(service: Service) -> None:
    texts = ["x" * 100, "b"]
    cut = (await service.post("/rerank", {"model": "judge", "query": "q", "documents": texts})).json()
    short = (await service.post("/rerank", {"model": "judge", "query": "q", "documents": ["x" * 63, "b"]})).json()
    assert cut["results"] == short["results"] and cut["meta"] == short["meta"]
    three = {"model": "judge", "query": "q", "documents": texts, "max_tokens_per_doc": 3}
    other = {"model": "judge", "query": "q", "documents": ["xxx", "b"]}
    assert (await service.post("/rerank", three)).json()["results"] == (await service.post("/rerank", other)).json()[
        "results"
    ]
    reply = await service.post("/rerank", {"query": "q", "texts": texts})
    assert (reply.status_code, reply.json()["field"]) == (422, "texts[0]")
    assert reply.json()["error"] == "with the query the text has 101 tokens and the model takes 64"
    fitting = {"query": "q", "texts": ["y" + "x" * 63, "b"], "truncate": True, "truncation_direction": "Left"}
    expected = (await service.post("/rerank", {"query": "q", "texts": ["x" * 63, "b"]})).json()
    assert (await service.post("/rerank", fitting)).json() == expected


async def test_what_tei_s_clients_may_ask(service: Service) -> None:
    raw = (await service.post("/rerank", {**TEI, "raw_scores": True, "return_text": True})).json()
    assert raw == await native(service, raw_scores=True, return_text=True)
    assert {each["text"] for each in raw} == {*DOCUMENTS}
    assert (await service.post("/rerank", {**TEI, "raw_scores": False})).json() == await native(service)


async def test_the_config_s_own_parameters_go_before_a_shape_s_usual_ones() -> None:
    given = {"raw_scores": True, "truncation": False, "top_n": 1}
    async with serving(stub("judge", "rerank", hf_generation_kwargs=given, limits=Limits(max_input_tokens=64))) as own:
        expected = await native(own)
        assert len(expected) == 1
        told = (await own.post("/rerank", {"model": "judge", **COHERE})).json()["results"]
        assert [(each["index"], each["relevance_score"]) for each in told] == [
            (each["index"], each["score"]) for each in expected
        ]
        reply = await own.post("/rerank", {"model": "judge", "query": "q", "documents": ["x" * 100]})
        assert (reply.status_code, reply.json()["field"]) == (422, "documents[0]")


async def test_a_body_without_a_model() -> None:
    async with serving(JUDGE, stub("other", "rerank"), stub("moods")) as two:
        reply = await two.post("/rerank", TEI)
        assert (reply.status_code, reply.json()["field"]) == (422, "model")
        assert reply.json()["error"] == "`model` is missing: say which one, of these that rerank: judge, other"
        assert (await two.post("/models/other/rerank", TEI)).status_code == 200
    async with serving(stub("moods")) as none:
        assert (await none.post("/rerank", TEI)).json()["error"].endswith("these that rerank: none")
        reply = await none.post("/rerank", {**TEI, "model": "moods"})
        assert (reply.status_code, reply.json()["field"]) == (404, "model")
        assert (await none.post("/models/moods/rerank", TEI)).status_code == 404


FAULTS: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, "model", "`model` is missing"),
    ({"model": "judge"}, "documents", "must hold exactly one of `documents`"),
    ({**TEI, **COHERE, "model": "judge"}, "documents", "it holds both"),
    ({**COHERE}, "model", "`model` is missing"),
    ({**TEI, "query": None}, "query", "`query` is missing"),
    ({**TEI, "query": " "}, "query", "`query` must not be blank"),
    ({**TEI, "query": 5}, "query", "`query` must be a string"),
    ({**TEI, "texts": []}, "texts", "`texts` must have at least 1 item"),
    ({**TEI, "texts": ["a", ""]}, "texts[1]", "`texts[1]` must not be empty"),
    ({**TEI, "texts": ["a", 5]}, "texts[1]", "`texts[1]` must be a string"),
    ({**TEI, "texts": ["a"] * 1001}, "texts", "`texts` must have at most 1000 items"),
    ({**TEI, "truncate": "yes"}, "truncate", "`truncate` must be true or false"),
    ({**TEI, "truncation_direction": "up"}, "truncation_direction", "must be 'left', 'right'"),
    ({**TEI, "top_n": 0}, "top_n", "`top_n` must be greater than or equal to 1"),
    ({**TEI, "query": "q" * 64}, "query", "no room is left for a text"),
    ({**COHERE, "model": "judge", "documents": [{"title": "a"}]}, "documents[0]", "an object with `text`"),
    ({**COHERE, "model": "judge", "documents": ["a", {"text": 5}]}, "documents[1]", "`documents[1]` must be a string"),
    ({**COHERE, "model": "judge", "top_n": 1.5}, "top_n", "`top_n` must be a whole number"),
    ({**COHERE, "model": "judge", "max_tokens_per_doc": 0}, "max_tokens_per_doc", "greater than or equal to 1"),
    ({**COHERE, "model": "judge", "rank_fields": ["title"]}, "rank_fields", "only the `text` of a document is read"),
    ({**COHERE, "model": "judge", "max_chunks_per_doc": 3}, "max_chunks_per_doc", "is not supported"),
    ({**COHERE, "model": "judge", "raw_scores": True}, "raw_scores", "`raw_scores` is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "words"), FAULTS, ids=[str(fault[2]) for fault in FAULTS])
async def test_what_is_wrong_is_named(service: Service, body: dict[str, Any], field: str | None, words: str) -> None:
    reply = await service.post("/v2/rerank", body)
    told = reply.json()
    assert (reply.status_code, told["error_type"] in ("validation", "input_too_long"), told["field"]) == (
        422,
        True,
        field,
    )
    assert words in told["error"] and told["message"] == told["error"]


async def test_states_and_methods(service: Service) -> None:
    reply = await service.get("/v1/rerank")
    assert (reply.status_code, reply.headers["allow"], reply.json()["error_type"]) == (
        405,
        "POST",
        "method_not_allowed",
    )
    await service.refresh(judge=deployment("UPDATING", running=0, target=1))
    reply = await service.post("/rerank", TEI)
    assert (reply.status_code, reply.json()["error_type"]) == (503, "not_ready")


@pytest.mark.parametrize(("kind", "body"), [(CohereRequest, COHERE), (TeiRequest, TEI)])
async def test_whatever_stands_in_place_of_a_field(service: Service, kind: Any, body: dict[str, Any]) -> None:
    assert await probe(service, Probed("/models/judge/rerank", kind, body, JUDGE, 422)) == []
