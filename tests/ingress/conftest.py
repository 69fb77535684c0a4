"""One service for the tests that only ask; those that change it make their own."""

from collections.abc import AsyncIterator

import pytest

from tests.ingress.service import Service, serving


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as running:
        yield running
