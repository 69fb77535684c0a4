"""A port that somebody has is told before anything starts, with what moves it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from serve_app.cli.run import _check_ports
from serve_app.config.document import Document, read

CONFIG = """
http_options: {{host: 127.0.0.1, port: {port}}}
proxy_location: {location}
applications:
  - import_path: serve_app.app:build
    args:
      models: [{{name: one, hf_model_name: stub, hf_task: text-classification, engine: stub}}]
"""


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        return port


def document(folder: Path, port: int, location: str = "HeadOnly") -> Document:
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(port=port, location=location))
    return read(file)


def haproxy_at(metrics: int) -> dict[str, str]:
    return {"RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics), "RAY_SERVE_HAPROXY_STATS_PORT": str(free())}


def test_the_configured_one(tmp_path: Path, taken: int) -> None:
    with pytest.raises(click.ClickException, match=rf"port {taken} on 127.0.0.1 .*set http_options.port in the config"):
        _check_ports(document(tmp_path, taken), {}, fast=False)
    _check_ports(document(tmp_path, taken, "Disabled"), {}, fast=True)


def test_haproxy_s_own_in_the_fast_profile_alone(tmp_path: Path, taken: int) -> None:
    served = document(tmp_path, free())
    with pytest.raises(click.ClickException, match=rf"port {taken} .*set RAY_SERVE_HAPROXY_METRICS_PORT in the env"):
        _check_ports(served, haproxy_at(taken), fast=True)
    _check_ports(served, haproxy_at(taken), fast=False)
    _check_ports(served, haproxy_at(free()), fast=True)
