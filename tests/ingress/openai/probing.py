"""Every field of a body of OpenAI's with everything in its place: taken, or refused by name."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from serve_app.config.schema import Model
from serve_app.ingress.dialects.openai.request import Request
from serve_app.ingress.entry import Entry
from tests.ingress.mutations import LARGE, UNSPEAKABLE, Mutation, mutations
from tests.ingress.service import APPLICATION, Service

OF_THE_TRANSPORT = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}


class Probed(NamedTuple):
    """A call: its path, its body's type, a body that works, and the model that answers."""

    path: str
    kind: type[Request]
    example: dict[str, Any]
    model: Model
    status: int = 400


def changed(probed: Probed) -> Iterator[Mutation]:
    """The request's own fields, and those that are the task's parameters."""
    kind, example = probed.kind, probed.example
    own = {name: value for name, value in example.items() if name in kind.model_fields}
    yield from mutations(kind, own)
    for mutation in mutations(Entry(probed.model, APPLICATION).task.Params, {}):
        for name, parameter in kind.passed.items():
            if mutation.path[:1] == (parameter,) and mutation.what != "missing":
                body = {**own, name: mutation.whole[parameter]}
                yield mutation._replace(path=(name, *mutation.path[1:]), part=body, put=lambda whole: whole)


async def probe(service: Service, probed: Probed) -> list[str]:
    """What went wrong, if anything did."""
    found, refused = [], 0
    for mutation in changed(probed):
        if not mutation.path or mutation.what in LARGE:
            continue
        reply = await service.raw(probed.path, mutation.json.encode())
        place = f"{mutation.field}: {mutation.what}: {reply.status_code} {reply.text[:300]}"
        refused += reply.status_code != 200
        if reply.status_code == 200:
            found += [place] if mutation.outside or mutation.what in UNSPEAKABLE else []
        elif reply.status_code not in (400, probed.status) or not _named(mutation, reply.json()):
            found.append(place)
    if not refused:
        found.append("nothing was refused")
    if (await service.post(probed.path, probed.example)).status_code != 200:
        found.append("the next good request is not answered")
    return found


def _named(mutation: Mutation, body: Any) -> bool:
    error = body["error"]
    field = error["param"] if isinstance(error, dict) else body.get("field")
    told = error["message"] if isinstance(error, dict) else error
    # Fields that exclude each other may be told by the other one.
    return re.split(r"[.\[]", field or "")[0] == mutation.path[0] or f"`{mutation.path[0]}" in told
