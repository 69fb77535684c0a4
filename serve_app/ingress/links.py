"""Links in inputs are followed here, before a model sees them: each is replaced by the bytes it leads to."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from serve_app.config.schema import Server
from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.downloads import Allowance, Downloads
from serve_app.ingress.trusted_hosts import Resolve, TrustedHosts, resolved
from serve_app.tasks.base import Task
from serve_app.tasks.media.input import Link

FETCH_S = 15.0
"""For all the links of a request, however slowly they come."""
MOST_LINKS = 64


class Links:
    """What the config trusts, for all requests."""

    def __init__(self, server: Server, resolve: Resolve = resolved) -> None:
        self._limit = server.max_body_bytes
        self._downloads = Downloads(TrustedHosts(server.media_hosts, resolve))

    async def followed(self, inputs: Sequence[Any], task: Task) -> list[Any]:
        """The inputs with bytes in place of links; one whose link leads nowhere becomes its error."""
        if not (task.takes_bytes or task.chats):
            return list(inputs)
        links = {link for input in inputs for _, link in links_in(input)}
        if not links:
            return list(inputs)
        found = await self._all(links)
        return [_error_of(input, found) or replaced(input, found) for input in inputs]

    async def _all(self, links: set[Link]) -> dict[Link, bytes | AppError]:
        if len(links) > MOST_LINKS:
            return dict.fromkeys(links, InvalidInput(f"one request may hold {MOST_LINKS} links, and has {len(links)}"))
        allowance = Allowance(self._limit)
        told = await asyncio.gather(*(self._one(link, allowance) for link in links))
        return dict(zip(links, told, strict=True))

    async def _one(self, link: Link, allowance: Allowance) -> bytes | AppError:
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._downloads.get(link.url, allowance)
        except TimeoutError:
            return InvalidInput(f"the link brought no whole file within {FETCH_S:g} s")
        except InvalidInput as error:
            return error


def links_in(value: Any, path: str = "") -> Iterator[tuple[str, Link]]:
    """Every link, and where in the value it stands; an input was checked, so it is no deeper than its type."""
    match value:
        case Link():
            yield path.lstrip("."), value
        case dict():
            for name, part in value.items():
                yield from links_in(part, f"{path}.{name}")
        case list() | tuple():
            for index, part in enumerate(value):
                yield from links_in(part, f"{path}[{index}]")
        case BaseModel():
            yield from links_in(dict(value), path)


def replaced(value: Any, found: Mapping[Link, Any]) -> Any:
    """The value with what was found in place of its links."""
    match value:
        case Link():
            return found[value]
        case dict():
            return {name: replaced(part, found) for name, part in value.items()}
        case list():
            return [replaced(part, found) for part in value]
        case tuple():
            parts = [replaced(part, found) for part in value]
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        case BaseModel():
            return value.model_copy(update=replaced(dict(value), found))
    return value


def _error_of(input: Any, found: Mapping[Link, bytes | AppError]) -> AppError | None:
    for path, link in links_in(input):
        if isinstance(error := found[link], AppError):
            return type(error)(error.message, path or None)
    return None
