"""Links are followed to the hosts that the config lists, and nowhere else."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from socket import has_dualstack_ipv6
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from serve_app import tasks
from serve_app.config.schema import Server
from serve_app.config.sections import read_section
from serve_app.errors import AppError, InvalidInput
from serve_app.ingress import links as links_module
from serve_app.ingress.links import MOST_LINKS
from serve_app.tasks.media.input import Link
from tests.ingress.file_host import FileHost, hosting
from tests.ingress.following import PICTURE, SEES, Resolver, followed, links, refused
from tests.ingress.service import error, serving, stub


async def test_a_listed_host(host: FileHost) -> None:
    assert await followed(links(host.place), f"http://{host.place}/a.png") == [PICTURE]
    [(_, asked)] = host.asked
    assert asked["host"] == host.place and asked["accept-encoding"] == "identity"


async def test_nothing_is_followed_where_nothing_is_listed(host: FileHost) -> None:
    assert "no host is trusted (server.media_hosts)" in await refused(links(), f"http://{host.place}/a.png")
    assert host.asked == []


async def test_a_name_at_an_address_that_is_listed_as_well(host: FileHost) -> None:
    resolver = Resolver("127.0.0.1")
    named = f"Pictures.example:{host.port}"
    both = links(named, host.place, resolve=resolver)
    assert await followed(both, f"http://pictures.example:{host.port}/a.png") == [PICTURE]
    assert host.asked[0][1]["host"] == named.lower()
    one = links(named, resolve=resolver)
    assert "at no public address" in await refused(one, f"http://pictures.example:{host.port}/a.png")
    other_port = links(named, "127.0.0.1:1", resolve=resolver)
    assert "at no public address" in await refused(other_port, f"http://pictures.example:{host.port}/a.png")
    assert len(host.asked) == 1


async def test_redirects(host: FileHost) -> None:
    trusting = links(host.place)
    host.leads |= {"/1": "/a.png", "/2": f"http://{host.place}/1", "/3": "/2", "/4": "/3", "/round": "/round"}
    for path in ("/1", "/2", "/3"):
        assert await followed(trusting, f"http://{host.place}{path}") == [PICTURE]
    for path in ("/4", "/round"):
        assert await refused(trusting, f"http://{host.place}{path}") == "the link leads on more than 3 times"
    host.leads["/out"] = "http://elsewhere.example/a.png"
    words = 'the host "elsewhere.example" of the link is not trusted here (server.media_hosts)'
    assert await refused(trusting, f"http://{host.place}/out") == words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/none", "the host of the link answers 404"),
        ("/empty", "the link leads to an empty file"),
        ("/endless", "the links lead to more than 1000000 bytes, the limit of this server (server.max_body_bytes)"),
        ("/says-much", "the links lead to more than 1000000 bytes, the limit of this server (server.max_body_bytes)"),
        ("/packed", "the host of the link sends the file compressed, which it was asked not to do"),
        ("/breaks", "the host of the link could not be reached, or broke off"),
        ("/no-http", "the host of the link could not be reached, or broke off"),
    ],
)
async def test_what_a_host_does_wrong(host: FileHost, path: str, words: str) -> None:
    assert await refused(links(host.place), f"http://{host.place}{path}") == words


@pytest.mark.parametrize("path", ["/drops", "/silent"])
async def test_a_slow_host(host: FileHost, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "FETCH_S", 0.5)
    began = asyncio.get_running_loop().time()
    told = await refused(links(host.place), f"http://{host.place}{path}")
    assert told == "the link brought no whole file within 0.5 s"
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_host_that_is_not_there() -> None:
    async with hosting() as gone:
        pass
    assert "could not be reached" in await refused(links(gone.place), f"http://{gone.place}/")

    async def unknown(name: str, port: int) -> list[str]:
        raise OSError("no such name")

    words = await refused(links("trusted.example", resolve=unknown), "http://trusted.example/")
    assert words == 'the host "trusted.example" of the link is not known'


async def test_all_links_of_a_request_share_its_bytes(host: FileHost) -> None:
    host.files |= {f"/{number}": bytes([number]) * 400_000 for number in range(1, 4)}
    urls = [f"http://{host.place}/{number}" for number in (1, 2, 3)]
    assert [len(each) for each in await followed(links(host.place), *urls[:2])] == [400_000] * 2
    assert any(isinstance(each, InvalidInput) for each in await followed(links(host.place), *urls))
    many = [f"http://{host.place}/a.png?{number}" for number in range(MOST_LINKS + 1)]
    [first, *_] = await followed(links(host.place), *many)
    assert isinstance(first, InvalidInput) and first.message == "one request may hold 64 links, and has 65"
    assert len(host.asked) == 5


async def test_no_proxy_of_the_environment(host: FileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosting() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        assert await followed(links(host.place), f"http://{host.place}/a.png") == [PICTURE]
        assert proxy.asked == []


class Pair(NamedTuple):
    left: Any
    right: Any


class Asked(BaseModel):
    image: Any
    words: str = "what is it?"


async def test_wherever_a_link_stands(host: FileHost) -> None:
    link = Link(f"http://{host.place}/a.png")
    inputs: Sequence[Any] = [
        b"bytes",
        {"image": link, "question": "?"},
        {"messages": [{"content": [{"type": "text"}, {"image_url": {"url": link}}]}]},
        Pair(link, (link, 1)),
        Asked(image=link),
    ]
    assert await links(host.place).followed(inputs, SEES) == [
        b"bytes",
        {"image": PICTURE, "question": "?"},
        {"messages": [{"content": [{"type": "text"}, {"image_url": {"url": PICTURE}}]}]},
        Pair(PICTURE, (PICTURE, 1)),
        Asked(image=PICTURE),
    ]
    assert len(host.asked) == 1, "one file is fetched once"
    [_, *told] = await links().followed(inputs, SEES)
    assert all(isinstance(each, AppError) for each in told)
    fields = ["image", "messages[0].content[1].image_url.url", "[0]", "image"]
    assert [each.field for each in told] == fields


async def test_tasks_without_files_are_not_looked_through() -> None:
    link = Link("http://127.0.0.1/")
    assert await links().followed([link], tasks.TASKS["text-classification"]) == [link]


async def test_over_http(host: FileHost) -> None:
    good, bad = f"http://{host.place}/a.png", f"http://{host.place}/none"
    async with serving(stub("m", "image-classification"), media_hosts=[host.place]) as service:
        for body in ({"inputs": good}, {"text": good}, {"inputs": [good, good]}):
            assert (await service.post("/models/m", body)).status_code == 200
        by_link = (await service.post("/models/m", {"inputs": good})).json()
        assert by_link == (await service.raw("/models/m", PICTURE, None)).json()
        words = "the host of the link answers 404"
        assert error(await service.post("/models/m", {"inputs": bad})) == (422, "validation", words, "inputs")
        assert error(await service.post("/models/m", {"inputs": [good, bad]}))[3] == "inputs[1]"
        assert error(await service.post("/models/m", {"text": bad}))[3] == "text"


async def test_in_a_chat(host: FileHost) -> None:
    def chat(url: str) -> dict[str, Any]:
        pieces = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "what is it?"}]
        return {"model": "m", "messages": [{"role": "user", "content": pieces}], "max_tokens": 8}

    async with serving(stub("m", "image-text-to-text"), media_hosts=[host.place]) as service:
        path = "/models/m/v1/chat/completions"
        linked = await service.post(path, chat(f"http://{host.place}/a.png"))
        written = await service.post(path, chat(f"data:image/png;base64,{b64encode(PICTURE).decode()}"))
        assert linked.status_code == written.status_code == 200
        assert linked.json()["choices"] == written.json()["choices"]
        assert linked.json()["usage"] == written.json()["usage"]
        refused = await service.post(path, chat("http://elsewhere.example/a.png"))
        assert refused.status_code == 400
        told = refused.json()["error"]
        assert "is not trusted here (server.media_hosts)" in told["message"]
        assert told["param"].startswith("messages[0].content[0].image_url")


async def test_hosts_in_other_scripts(host: FileHost) -> None:
    trusting = links(f"xn--bcher-kva.example:{host.port}", host.place, resolve=Resolver("127.0.0.1"))
    assert await followed(trusting, f"http://b\u00fccher.example:{host.port}/a.png") == [PICTURE]


@pytest.mark.skipif(not has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_an_address_of_six_groups() -> None:
    async with hosting("::1") as host:
        host.files["/a"] = b"a file"
        url = f"http://[::1]:{host.port}/a"
        assert await followed(links(f"[0:0:0:0:0:0:0:1]:{host.port}"), url) == [b"a file"]
        assert "not trusted" in await refused(links("[::1]"), url)


@pytest.mark.parametrize(
    "listed", ["*", "*.example.com", "http://a.example", "a.example/b", "a b", "u@a.example", "a:b", ""]
)
def test_what_is_no_host(listed: str) -> None:
    [fault] = read_section(Server, {"media_hosts": [listed]}, "server").faults
    assert fault.path == "server.media_hosts[0]"
    assert fault.message.startswith("expected a host such as images.example.com or 10.0.0.5:8000, without http://")
