"""Where a link may lead: to hosts that the config lists, at addresses of the open internet or such as it lists too."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

import httpx

from serve_app.errors import InvalidInput
from serve_app.refusals import brief

Resolve = Callable[[str, int], Awaitable[list[str]]]
_PORTS = {"http": 80, "https": 443}
_ODD = re.compile(r"[\\\s\x00-\x20\x7f]")
_LISTED = re.compile(r"(?:\[(?P<six>[^]]+)\]|(?P<name>[^:]+))(?::(?P<port>\d+))?")


class Visited(NamedTuple):
    """A link that may be followed, and the one address at which it will be."""

    url: httpx.URL
    address: str


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, by the machine's own resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


class TrustedHosts:
    """The hosts of `server.media_hosts`."""

    def __init__(self, listed: Collection[str], resolve: Resolve = resolved) -> None:
        self._listed = frozenset(map(_host_and_port, listed))
        self._resolve = resolve

    async def visited(self, link: str) -> Visited:
        """The link with its address, looked up once; what is checked here is what is connected to."""
        url = self._checked(link)
        port = url.port or _PORTS[url.scheme]
        try:
            addresses = [url.host] if _address(url.host) else await self._resolve(url.raw_host.decode("ascii"), port)
        except (OSError, UnicodeError, OverflowError):
            raise InvalidInput(f'the host "{brief(url.host)}" of the link is not known') from None
        for address in addresses:
            if self._may_be_visited(address, url):
                return Visited(url, address)
        raise InvalidInput(
            f'the host "{brief(url.host)}" of the link is at no public address, '
            "and the one it is at is not listed itself (server.media_hosts)"
        )

    def _checked(self, link: str) -> httpx.URL:
        if not self._listed:
            raise InvalidInput(
                "links are not followed here, for no host is trusted (server.media_hosts): send the file itself"
            )
        try:
            url = httpx.URL(link)
        except (httpx.InvalidURL, ValueError):
            raise InvalidInput("the link is no URL") from None
        if _ODD.search(link) or url.scheme not in _PORTS or url.userinfo or not url.host:
            raise InvalidInput("the link must be http or https, with a host, and without a name or password in it")
        if not self._lists(url.raw_host.decode("ascii"), url):
            where = url.host if url.port is None else f"{url.host}:{url.port}"
            raise InvalidInput(f'the host "{brief(where)}" of the link is not trusted here (server.media_hosts)')
        return url

    def _lists(self, host: str, url: httpx.URL) -> bool:
        named = {(host, url.port or _PORTS[url.scheme])} | ({(host, None)} if url.port is None else set())
        return not named.isdisjoint(self._listed)

    def _may_be_visited(self, address: str, url: httpx.URL) -> bool:
        return _is_public(address) or self._lists(address, url)


def _host_and_port(entry: str) -> tuple[str, int | None]:
    found = _LISTED.fullmatch(entry.lower())
    assert found is not None, "the config was checked"
    host = found["six"] or found["name"]
    return str(_address(host) or host), int(found["port"]) if found["port"] else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_public(written: str) -> bool:
    """Whether anybody could visit this address; one that stands for another within it is not looked into."""
    address = _address(written)
    if address is None or not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return address.version == 4 or not (address.ipv4_mapped or address.sixtofour or address.teredo)
