"""A service on a real port of this machine, in a thread of its own, for clients that speak HTTP themselves."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import uvicorn

from serve_app.config.schema import Model
from tests.ingress.service import serving


@contextmanager
def listening(*models: Model) -> Iterator[str]:
    """The address, for as long as the service runs."""
    ready: Future[tuple[uvicorn.Server, int]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(models, ready)))
    thread.start()
    server, port = ready.result(30)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def _serve(models: tuple[Model, ...], ready: "Future[tuple[uvicorn.Server, int]]") -> None:
    async with serving(*models) as service:
        server = uvicorn.Server(uvicorn.Config(service.app, port=0, lifespan="off", log_level="error"))
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        ready.set_result((server, server.servers[0].sockets[0].getsockname()[1]))
        await running
