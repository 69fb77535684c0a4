"""What the protocol's GETs tell, and which path leads where."""

import pytest

from serve_app import __version__
from tests.ingress.open_inference.asking import infer, outputs_of, refusal, tensor
from tests.ingress.service import Service, deployment, serving, stub

TEXT = tensor("text", ["hello"])


async def test_the_server(service: Service) -> None:
    extensions = ["binary_tensor_data", "parameters"]
    assert (await service.get("/v2")).json() == {
        "name": "serve-app", "version": __version__, "extensions": extensions,
    }  # fmt: skip
    assert (await service.get("/v2/health/live")).json() == {"live": True}
    assert (await service.get("/v2/health/ready")).json() == {"ready": True}
    await service.refresh(translator=deployment("UPDATING", running=0, target=1))
    loading = await service.get("/v2/health/ready")
    assert (loading.status_code, loading.json()["ready"]) == (400, False)
    assert (await service.get("/v2/health/live")).status_code == 200


async def test_metadata_of_a_model(service: Service) -> None:
    told = (await service.get("/v2/models/sentiment")).json()
    assert (told["name"], told["versions"], told["platform"]) == ("sentiment", ["1"], "stub_text-classification")
    assert told["inputs"] == [
        {"name": name, "datatype": "BYTES", "shape": [-1], "parameters": {"holds": kind, "optional": True}}
        for name, kind in (("text", "text"), ("text_pair", "text"), ("json", "json"))
    ]
    assert [(each["name"], each["datatype"], each["shape"]) for each in told["outputs"]] == [
        ("label", "BYTES", [-1, -1]), ("score", "FP32", [-1, -1]), ("count", "INT64", [-1]), ("json", "BYTES", [-1]),
    ]  # fmt: skip


async def test_a_model_that_is_not_ready(service: Service) -> None:
    path = "/v2/models/translator"
    assert (await service.get(f"{path}/ready")).json() == {"name": "translator", "ready": True}
    await service.refresh(translator=deployment("UPDATING", running=0, target=1))
    reply = await service.get(f"{path}/ready")
    words = 'model "translator" is loading: its replicas are starting'
    assert (reply.status_code, reply.json()) == (400, {"name": "translator", "ready": False, "error": words})
    assert (await service.get(path)).status_code == 200
    asked = await infer(service, "translator", TEXT)
    assert refusal(asked) == (503, words)
    assert asked.headers["retry-after"] == "5"
    await service.refresh(translator=deployment("HEALTHY", running=0, target=0))
    assert (await service.get(f"{path}/ready")).status_code == 200


@pytest.mark.parametrize("rest", ["", "/ready"])
async def test_versions(service: Service, rest: str) -> None:
    plain = await service.get(f"/v2/models/sentiment{rest}")
    assert plain.status_code == 200
    assert (await service.get(f"/v2/models/sentiment/versions/1{rest}")).json() == plain.json()
    refused = await service.get(f"/v2/models/sentiment/versions/2{rest}")
    assert refusal(refused) == (404, 'model "sentiment" has no version "2"; there is 1')


async def test_inference_by_version(service: Service) -> None:
    plain = outputs_of(await infer(service, "sentiment", TEXT))
    assert outputs_of(await infer(service, "sentiment/versions/1", TEXT)) == plain
    assert refusal(await infer(service, "sentiment/versions/", TEXT))[0] == 404


async def test_names_with_slashes_and_with_the_protocol_s_own_words() -> None:
    names = ("org/a model", "org/ready", "org", "x/versions/1")
    async with serving(*map(stub, names)) as service:
        for name in names:
            for written in (name, name.replace("/", "%2F").replace(" ", "%20")):
                assert (await service.get(f"/v2/models/{written}")).json()["name"] == name
                assert (await service.get(f"/v2/models/{written}/versions/1/ready")).json()["name"] == name
                assert (await infer(service, f"{written}/versions/1", TEXT)).json()["model_name"] == name
        assert (await service.get("/v2/models/org/ready/ready")).json() == {"name": "org/ready", "ready": True}
        assert (await service.get("/v2/models/stub/org")).json()["name"] == "org"


async def test_what_is_not_there(service: Service) -> None:
    for reply in (
        await service.get("/v2/models/sentimant"),
        await service.get("/v2/models/sentimant/ready"),
        await infer(service, "sentimant", TEXT),
        await infer(service, "sentimant/versions/1", TEXT),
    ):
        status, words = refusal(reply)
        assert status == 404
        assert words.startswith('there is no model "sentimant"; did you mean "sentiment"?')
    assert refusal(await service.get("/v2/models/sentiment/config"))[0] == 404


async def test_methods(service: Service) -> None:
    reply = await service.get("/v2/models/sentiment/infer")
    assert (refusal(reply), reply.headers["allow"]) == ((405, "GET is not allowed here; use POST"), "POST")
    for path in ("/v2", "/v2/health/live", "/v2/models/sentiment", "/v2/models/sentiment/ready"):
        reply = await service.post(path, {})
        assert refusal(reply)[0] == 405
        assert (await service.client.head(path)).status_code == 200
