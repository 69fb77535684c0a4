import re

from tests.ingress.service import Service


async def test_the_page_needs_nothing_from_elsewhere(service: Service) -> None:
    reply = await service.get("/docs")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"""https?:|(src|href)=["']?//|@import|url\(""", reply.text)


async def test_what_the_page_loads_is_there_with_what_it_reads(service: Service) -> None:
    fetched = re.search(r"Promise\.all\(\[(.*?)\]\.map", (await service.get("/docs")).text)
    assert fetched is not None
    paths = [path.strip(' "') for path in fetched[1].split(",")]
    assert paths == ["/openapi.json", "/models", "/ready"]
    spec, models, ready = [(await service.get(path)).json() for path in paths]
    assert spec["info"]["version"]
    assert {model["name"] for model in models} == set(ready["models"])
    assert {model["endpoint"] for model in models} == {
        path for path, item in spec["paths"].items() if "models" in item.get("post", {}).get("tags", ())
    }
    for item in spec["paths"].values():
        for operation in item.values():
            assert operation["summary"]


async def test_it_still_loads_while_nothing_is_ready(service: Service) -> None:
    loading = {"status": "UPDATING", "message": "", "target_num_replicas": 1, "replicas": []}
    await service.refresh(sentiment=loading)
    reply = await service.get("/ready")
    assert (reply.status_code, reply.json()["models"]["sentiment"]["reason"]) == (503, "its replicas are starting")
