"""A host of files on this machine that counts who asks: honest, slow, endless, or leading elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ssl import SSLContext


class FileHost:
    """Answers each path with bytes as they stand, or with redirects; what it has no words for never ends."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.leads: dict[str, str] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.port = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            self.asked.append((path, dict(line.lower().split(": ", 1) for line in head[1:] if line)))
            await self._write(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _write(self, path: str, writer: asyncio.StreamWriter) -> None:
        match path:
            case "/silent":
                await asyncio.sleep(60)
            case "/drops":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                for _ in range(600):
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            case "/endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    writer.write(b"x" * 100_000)
                    await writer.drain()
            case "/breaks":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            case "/says-much":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc")
            case "/packed":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
            case "/no-http":
                writer.write(b"nonsense\r\n\r\n")
            case _ if path in self.leads:
                writer.write(
                    f"HTTP/1.1 302 Found\r\nLocation: {self.leads[path]}\r\nContent-Length: 0\r\n\r\n".encode()
                )
            case _ if path in self.files:
                content = self.files[path]
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
            case _:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def hosting(address: str = "127.0.0.1", port: int = 0, ssl: SSLContext | None = None) -> AsyncIterator[FileHost]:
    host = FileHost()
    server = await asyncio.start_server(host.answer, address, port, ssl=ssl)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
