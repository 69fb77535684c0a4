"""One service for the tests that only ask; those that change it make their own."""

from collections.abc import AsyncIterator

import pytest

from tests.ingress.file_host import FileHost, hosting
from tests.ingress.following import PICTURE
from tests.ingress.service import Service, serving


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as running:
        yield running


@pytest.fixture
async def host() -> AsyncIterator[FileHost]:
    async with hosting() as running:
        running.files["/a.png"] = PICTURE
        running.files["/empty"] = b""
        yield running
