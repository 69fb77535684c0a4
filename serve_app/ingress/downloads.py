"""Fetches what a link leads to: at the address that was checked, no more bytes and no longer than is allowed."""

import asyncio
from functools import cached_property
from ssl import SSLContext

import httpx

from serve_app.errors import InvalidInput
from serve_app.ingress.trusted_hosts import TrustedHosts, Visited

REDIRECTS = 3
SILENCE_S = 5.0
AT_ONCE = 16
"""Of all requests together: each may hold as many bytes as a request may have."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"User-Agent": "serve-app", "Accept": "*/*", "Accept-Encoding": "identity"}


class Allowance:
    """The bytes that the links of one request may still bring."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def take(self, size: int) -> None:
        self.expect(size)
        self._left -= size

    def expect(self, size: int) -> None:
        if size > self._left:
            raise InvalidInput(
                f"the links lead to more than {self._limit} bytes, the limit of this server (server.max_body_bytes)"
            )


class Downloads:
    """Each by a connection of its own: one that is kept could be taken for that of another host at its address."""

    def __init__(self, hosts: TrustedHosts) -> None:
        self._hosts = hosts
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, link: str, allowance: Allowance) -> bytes:
        """The file, or `InvalidInput` that says why it could not be had."""
        try:
            async with self._turns:
                return await self._followed(link, allowance)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise InvalidInput("the host of the link could not be reached, or broke off") from None

    async def _followed(self, link: str, allowance: Allowance) -> bytes:
        for _ in range(REDIRECTS + 1):
            visited = await self._hosts.visited(link)
            found = await self._visit(visited, allowance)
            if isinstance(found, bytes):
                return found
            link = str(found)
        raise InvalidInput(f"the link leads on more than {REDIRECTS} times")

    async def _visit(self, visited: Visited, allowance: Allowance) -> bytes | httpx.URL:
        url = visited.url
        transport = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=SILENCE_S) as client:
            request = client.build_request(
                "GET",
                url.copy_with(host=visited.address, fragment=None),
                headers={**_HEADERS, "Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            reply = await client.send(request, stream=True)
            try:
                if reply.status_code in _MOVED and "location" in reply.headers:
                    return url.join(reply.headers["location"])
                return await _content(reply, allowance)
            finally:
                await reply.aclose()

    @cached_property
    def _context(self) -> SSLContext:
        return httpx.create_ssl_context()


async def _content(reply: httpx.Response, allowance: Allowance) -> bytes:
    if reply.status_code != 200:
        raise InvalidInput(f"the host of the link answers {reply.status_code}")
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise InvalidInput("the host of the link sends the file compressed, which it was asked not to do")
    length = reply.headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        allowance.expect(int(length[:20]))
    pieces = []
    async for piece in reply.aiter_raw():
        allowance.take(len(piece))
        pieces.append(piece)
    if not pieces:
        raise InvalidInput("the link leads to an empty file")
    return b"".join(pieces)
