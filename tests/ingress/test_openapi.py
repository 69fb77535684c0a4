"""The description is valid, and the server does what it says."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource

from serve_app.config.schema import Limits
from serve_app.ingress.openapi_behind import TAG
from serve_app.tasks import TASKS
from tests.ingress.service import MODELS, Service, serving, stub

OTHERS = tuple(stub(name, name) for name in TASKS if name not in {model.hf_task for model in MODELS})
LABELLED = stub("labelled", "zero-shot-classification", hf_generation_kwargs={"candidate_labels": ["a", "b"]})
EVERY = (*MODELS, *OTHERS, LABELLED)
ODD = stub("an odd/name größe", endpoint="odd path/größe", limits=Limits(max_items=3))


async def spec_of(service: Service) -> dict[str, Any]:
    reply = await service.get("/openapi.json")
    assert reply.status_code == 200
    spec: dict[str, Any] = reply.json()
    return spec


def validator(spec: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    resource = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema", **spec})
    absolute = _absolute(schema)
    return Draft202012Validator(absolute, registry=Registry().with_resource("urn:spec", resource))


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"urn:spec{value}" if key == "$ref" and str(value).startswith("#") else _absolute(value)
            for key, value in schema.items()
        }
    return [_absolute(each) for each in schema] if isinstance(schema, list) else schema


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((path, item["post"]) for path, item in spec["paths"].items() if "post" in item)


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, dict[str, Any]] = operation["requestBody"]["content"]
    return content.get("application/json") or content["multipart/form-data"]


async def sent(service: Service, path: str, operation: dict[str, Any], value: dict[str, Any]) -> httpx.Response:
    """A body as it is described: JSON, or a form whose file the description holds as base64."""
    if "application/json" in operation["requestBody"]["content"]:
        return await service.post(path, value)
    files = {"file": ("sound.wav", base64.b64decode(value["file"]))}
    return await service.client.post(path, data={**value, "file": []}, files=files)


async def test_it_is_valid_and_tells_of_every_model_and_page() -> None:
    async with serving(*EVERY, ODD) as service:
        spec = await spec_of(service)
        OpenAPIV31SpecValidator(spec).validate()
        assert spec["servers"] == [{"url": "http://test:8000"}]
        posts = {unquote(path) for path, operation in operations(spec) if operation["tags"] == ["models"]}
        assert posts == {model.path for model in (*EVERY, ODD)}
        pages = {unquote(path): item["get"]["tags"] for path, item in spec["paths"].items() if "get" in item}
        assert {path for path, tags in pages.items() if tags == ["server"]} == {
            "/", "/health", "/ready", "/models", "/registry/models", "/models/{name}",
            "/v1/models", "/v1/models/{id}",
        }  # fmt: skip
        assert {path for path, tags in pages.items() if tags == [TAG]} == {
            f"{model.path}/{page}" for model in (*EVERY, ODD) for page in ("info", "health", "v1/models")
        }
        for task in TASKS.values():
            assert {f"{task.name}.{part}" for part in ("Input", "Params", "Output")} <= set(
                spec["components"]["schemas"]
            )
        ids = [operation["operationId"] for item in spec["paths"].values() for operation in item.values()]
        assert len(set(ids)) == len(ids)


async def test_it_follows_the_models_that_there_are(service: Service) -> None:
    async with serving(stub("only", "embeddings")) as small:
        spec = await spec_of(small)
        assert [path for path, operation in operations(spec) if operation["tags"] == ["models"]] == ["/models/only"]
        assert not [name for name in (await spec_of(small))["components"]["schemas"] if "generation" in name]


async def test_references_point_to_components_only(service: Service) -> None:
    spec = await spec_of(service)

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(spec))
    assert found and found <= {f"#/components/schemas/{name}" for name in spec["components"]["schemas"]}


async def test_every_example_is_valid_and_answered_as_described() -> None:
    async with serving(*EVERY, ODD) as service:
        spec = await spec_of(service)
        for path, operation in operations(spec):
            body = body_of(operation)
            if operation["tags"] == ["models"]:
                assert set(body["examples"]) == {"native", "huggingface"}
            for example in body["examples"].values():
                validator(spec, body["schema"]).validate(example["value"])
                reply = await sent(service, path, operation, example["value"])
                if path.endswith("/translations"):  # the stub is of the kind that cannot
                    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "model")
                    continue
                assert reply.status_code == 200, reply.text
                content = operation["responses"]["200"]["content"]
                kind = reply.headers["content-type"].split(";")[0]
                assert kind in content
                if kind == "application/json":
                    validator(spec, content[kind]["schema"]).validate(reply.json())


async def test_errors_are_as_described(service: Service) -> None:
    spec = await spec_of(service)
    described = dict(operations(spec))["/models/sentiment"]["responses"]
    await service.refresh(vectors={"status": "UPDATING", "message": "", "target_num_replicas": 1, "replicas": []})
    for reply in (
        await service.post("/models/sentiment", {"text": ""}),
        await service.post("/models/sentiment", {"inputs": ""}),
        await service.raw("/models/sentiment", b"x", "text/plain"),
        await service.post("/models/sentiment", {"inputs": "[fail]"}),
        await service.post("/models/vectors", {"inputs": "x"}),
    ):
        schema = described[str(reply.status_code)]["content"]["application/json"]["schema"]
        validator(spec, schema).validate(reply.json())
    assert set(described) == {"200", "400", "404", "405", "413", "415", "422", "429", "500", "503", "504"}


CASES: list[tuple[str, dict[str, Any]]] = [
    ("/models/zero-shot-classification", {"inputs": "x", "parameters": {"candidate_labels": ["a", "b"]}}),
    ("/models/zero-shot-classification", {"inputs": "x", "parameters": {"multi_label": True}}),
    ("/models/zero-shot-classification", {"inputs": "x"}),
    ("/models/labelled", {"inputs": "x"}),
    ("/models/vectors", {"inputs": "x", "normalize": True, "dimensions": 3}),
    ("/models/vectors", {"inputs": "x", "parameters": {"pooling": "cls"}}),
    ("/models/vectors", {"inputs": "x", "parameters": {"pooling": "middle"}}),
    ("/models/vectors", {"inputs": "x", "dimensions": 0}),
    ("/models/vectors", {"inputs": "x", "top_k": 1}),
    ("/models/vectors", {"text": "x", "normalize": True}),
    ("/models/sentiment", {"text": "x", "generation_params": {"top_k": 1}}),
    ("/models/sentiment", {"text": "x", "generation_params": {"top_k": 0}}),
    ("/models/sentiment", {"text": "x", "generation_params": {"top_k": 1_000_000}}),
    ("/models/sentiment", {"text": "x", "generation_params": {"top_k": 1_000_001}}),
    ("/models/sentiment", {"text": "x", "generation_params": {"top_k": None}}),
    ("/models/sentiment", {"text": "x", "inputs": "x"}),
    ("/models/sentiment", {"inputs": "x", "options": {"wait_for_model": True}}),
    ("/models/sentiment", {"inputs": "x", "options": {"wait": True}}),
    ("/models/sentiment", {"inputs": "x", "options": {"use_cache": 1}}),
    ("/models/sentiment", {"inputs": "x", "model": "y", "stream": False}),
    ("/models/sentiment", {"inputs": "x", "stream": True}),
    ("/models/sentiment", {"text": "x", "stream": True}),
    ("/models/sentiment", {"text": "x", "stream": False}),
    ("/models/writer/generate", {"text": "x", "stream": True}),
    ("/models/writer/generate", {"inputs": "x", "stream": True}),
    ("/models/writer/generate", {"inputs": "x", "stream": None}),
    ("/models/writer/generate", {"inputs": "x", "stream": 1}),
    ("/models/writer/generate/generate", {"inputs": "x", "stream": False}),
    ("/models/writer/generate/generate", {"inputs": "x", "stream": True}),
    ("/models/writer/generate/generate", {"inputs": ["x"]}),
    ("/models/writer/generate/generate", {"inputs": "x", "parameters": {"top_p": 1, "details": True}}),
    ("/models/writer/generate/generate", {"parameters": {}}),
    ("/models/writer/generate/generate_stream", {"inputs": "x"}),
    ("/models/writer/generate/generate_stream", {"inputs": "x", "stream": False}),
    ("/models/sentiment", {"inputs": ""}),
    ("/models/sentiment", {"inputs": "  "}),
    ("/models/sentiment", {"inputs": []}),
    ("/models/sentiment", {"inputs": ["x"] * 128}),
    ("/models/sentiment", {"inputs": ["x"] * 129}),
    ("/models/sentiment", {"inputs": ["x", ""]}),
    ("/models/sentiment", {"inputs": 5}),
    ("/models/sentiment", {}),
    ("/odd%20path/gr%C3%B6%C3%9Fe", {"text": ["x"] * 3}),
    ("/odd%20path/gr%C3%B6%C3%9Fe", {"text": ["x"] * 4}),
    *(
        ("/models/writer/generate", {"inputs": "x", "parameters": parameters})
        for parameters in (
            {"temperature": 0}, {"temperature": -0.1}, {"temperature": 100}, {"temperature": 101},
            {"top_p": 1}, {"top_p": 0}, {"top_p": 1.1}, {"min_p": 0}, {"min_p": -1},
            {"max_new_tokens": 1}, {"max_new_tokens": 0}, {"num_beams": 16}, {"num_beams": 17},
            {"stop": "x"}, {"stop": ""}, {"stop": ["x"] * 16}, {"stop": ["x"] * 17}, {"stop": "x" * 1001},
            {"num_return_sequences": 1}, {"num_return_sequences": 2}, {"early_stopping": "never"},
            {"early_stopping": "soon"}, {"seed": 2**63 - 1}, {"seed": -1}, {"unknown": 1}, {"do_sample": "yes"},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), CASES, ids=[f"{path} {body}"[:90] for path, body in CASES])
async def test_what_the_schema_takes_the_server_takes_and_nothing_else(path: str, body: dict[str, Any]) -> None:
    async with serving(*EVERY, ODD) as service:
        spec = await spec_of(service)
        described = validator(spec, body_of(dict(operations(spec))[path])["schema"]).is_valid(body)
        reply = await service.post(path, body)
        assert reply.status_code in (200, 400, 422), reply.text
        assert described == (reply.status_code == 200), reply.text


async def test_the_config_s_own_parameters_are_the_defaults_and_its_limits_the_bounds() -> None:
    async with serving(*MODELS, ODD, max_items=50) as service:
        spec = await spec_of(service)
        by_path = dict(operations(spec))
        native, hugging_face = body_of(by_path["/models/writer/generate"])["schema"]["oneOf"]
        assert native["properties"]["generation_params"]["default"] == {"max_new_tokens": 8}
        assert hugging_face["properties"]["parameters"]["default"] == {"max_new_tokens": 8}
        odd = body_of(by_path["/odd%20path/gr%C3%B6%C3%9Fe"])["schema"]["oneOf"][0]
        assert odd["properties"]["text"]["oneOf"][1]["maxItems"] == 3
        assert native["properties"]["text"]["oneOf"][1]["maxItems"] == 50


async def test_every_parameter_has_a_sentence() -> None:
    async with serving(*EVERY) as service:
        schemas = (await spec_of(service))["components"]["schemas"]
    for task in TASKS.values():
        for name, field in schemas[f"{task.name}.Params"]["properties"].items():
            assert field.get("description"), f"{task.name}: {name}"


async def test_a_file_alone_is_described_where_it_is_a_whole_input() -> None:
    async with serving(*EVERY) as service:
        spec = await spec_of(service)
        alone = {
            model.hf_task
            for model in EVERY
            if "application/octet-stream" in spec["paths"][quote(model.path)]["post"]["requestBody"]["content"]
        }
        assert {"image-classification", "audio-classification"} <= alone
        assert not alone & {"text-classification", "visual-question-answering", "image-text-to-text"}
