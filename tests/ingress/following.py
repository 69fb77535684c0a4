"""Links on their own: followed, or refused in words, with hosts that are told what they are called."""

from typing import Any

from serve_app import tasks
from serve_app.config.schema import Server
from serve_app.errors import InvalidInput
from serve_app.ingress.links import Links
from serve_app.ingress.trusted_hosts import Resolve, resolved
from serve_app.tasks.media.input import Link
from tests.media import file_of, picture

SEES = tasks.TASKS["image-classification"]
PICTURE = file_of(picture())


def links(*hosts: str, resolve: Resolve = resolved, limit: int = 1_000_000) -> Links:
    return Links(Server(media_hosts=hosts, max_body_bytes=limit), resolve)


async def followed(links: Links, *urls: str) -> list[Any]:
    return await links.followed([Link(url) for url in urls], SEES)


async def refused(links: Links, url: str) -> str:
    [told] = await followed(links, url)
    assert isinstance(told, InvalidInput), told
    return told.message


class Resolver:
    """Knows what it is told, in turn; the last stays."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return [self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]]
