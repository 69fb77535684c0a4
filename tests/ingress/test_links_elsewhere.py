"""No link, however it is spelt, and no redirect leads to where the config trusts nobody."""

import pytest

from tests.ingress.file_host import FileHost, hosting
from tests.ingress.following import PICTURE, Resolver, followed, links, refused

SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://127.0.0.1:{port}@trusted.example/",
    "http://trusted.example@127.0.0.1:{port}/",
    "http://trusted.example:80@127.0.0.1:{port}/",
    "http://trusted.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@trusted.example/",
    "http://127.0.0.1:{port}#@trusted.example/",
    "http://127.0.0.1:{port}?@trusted.example/",
    "http://127.0.0.1:{port}/@trusted.example/",
    "http://trusted.example%00@127.0.0.1:{port}/",
    "http://trusted.example%2f@127.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127.0.0.1:{port} /",
    "http:// 127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://trusted.example.127.0.0.1.nip.io:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",
    "http://[fd00:ec2::254]:{port}/",
    "http://trusted.example:{port}/",
    "http://trusted.example\t:{port}/",
    "http://trusted.example\r\nHost: 127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_",
    "unix:///var/run/docker.sock",
    "dict://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
]


async def test_no_spelling_reaches_what_is_not_listed() -> None:
    assert len(SPELLINGS) >= 40
    async with hosting() as canary:
        trusting = links("trusted.example", "trusted.example:80", resolve=Resolver("127.0.0.1"))
        assert await followed(links(canary.place), f"http://{canary.place}/") and canary.asked, "the canary sings"
        canary.asked.clear()
        await refused(
            links(f"trusted.example:{canary.port}", f"127.0.0.1:{canary.port}", resolve=Resolver("127.0.0.1")),
            f"http://trusted.example:{canary.port}/",
        )
        assert len(canary.asked) == 1, "and it would hear of a host that is trusted where it is not"
        canary.asked.clear()
        for spelling in SPELLINGS:
            assert await refused(trusting, spelling.format(port=canary.port)), spelling
        assert canary.asked == []


async def test_no_spelling_is_led_to(host: FileHost) -> None:
    trusting = links(host.place, resolve=Resolver("127.0.0.1"))
    async with hosting() as canary:
        for index, spelling in enumerate(SPELLINGS):
            if "\n" in spelling or "\t" in spelling or not spelling.isascii():
                continue
            host.leads[f"/{index}"] = spelling.format(port=canary.port)
            await refused(trusting, f"http://{host.place}/{index}")
        assert len(host.asked) >= 40 and canary.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:db8::1",
        "2001::a00:1",
        "no address",
    ],
)
async def test_addresses_that_are_not_public(address: str) -> None:
    words = await refused(links("trusted.example", resolve=Resolver(address)), "http://trusted.example/a.png")
    assert "at no public address" in words and address not in words


async def test_a_resolver_that_changes_its_mind(host: FileHost) -> None:
    async with hosting("127.0.0.2", host.port) as canary:
        name = f"flips.example:{host.port}"
        resolver = Resolver("127.0.0.1", "127.0.0.2")
        trusting = links(name, host.place, resolve=resolver)
        assert await followed(trusting, f"http://{name}/a.png") == [PICTURE]
        assert resolver.asked == ["flips.example"], "asked once, and what it said is what was connected to"
        assert "at no public address" in await refused(trusting, f"http://{name}/a.png")
        resolver = Resolver("127.0.0.1", "127.0.0.2")
        host.leads["/away"] = "/a.png"
        assert "at no public address" in await refused(links(name, host.place, resolve=resolver), f"http://{name}/away")
        assert canary.asked == []
