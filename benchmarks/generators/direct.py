"""Contenders without a server, in a process of their own: points come in as lines of JSON, runs go out.

Run as `python -m benchmarks.generators.direct NAME FOLDER DEVICE`.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from benchmarks.generators.bare_manager import bare_manager
from benchmarks.generators.engine_alone import engine_alone
from benchmarks.generators.load import Ask, measure
from benchmarks.generators.shapes import words_of
from benchmarks.generators.workload import Point

DIRECT: Mapping[str, Callable[[Path, str], AbstractAsyncContextManager[Ask]]] = {
    "bare": bare_manager,
    "engine": engine_alone,
}


async def main() -> None:
    name, folder, device = sys.argv[1:]
    words = words_of(Path(folder))
    async with DIRECT[name](Path(folder), device) as ask:
        while line := await asyncio.to_thread(sys.stdin.readline):
            found = await measure(ask, Point(*json.loads(line)), words)
            print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
