"""The real download code against a hub that stumbles: each fault in words, and what is wrong never counts as right."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import ModelCannotLoad
from tests import loopback_hub
from tests.loopback_faults import Fault
from tests.loopback_hub import LoopbackHub, digest
from tests.models.fetched import WEIGHTS, blobs, fetched, same


@pytest.mark.parametrize(
    ("place", "fault", "words"),
    [
        (WEIGHTS, Fault("missing"), r"lists model\.safetensors of org/tiny and does not have it: try again later"),
        (
            WEIGHTS,
            Fault("gated", status=401),
            r"org/tiny is gated: accept its terms on http://\S+/org/tiny and set HF_TO",
        ),
        (WEIGHTS, Fault("gated", status=403), r"is gated and this token's account may not read it yet: ask for access"),
        (WEIGHTS, Fault("forbidden"), r"refuses to hand out model\.safetensors of org/tiny \(403\): set HF_TOKEN"),
        (WEIGHTS, Fault("truncated"), r"sends only \d+ of the \d+ bytes of model\.safetensors of org/tiny: try again"),
        (WEIGHTS, Fault("altered"), r"model\.safetensors of org/tiny arrived 2 times with another content than http"),
        ("org/tiny/config.json", Fault("altered"), r"config\.json of org/tiny arrived 2 times with another content"),
        (
            WEIGHTS,
            Fault("busy", retry_after=3600),
            r"asked too often \(429\) for model\.s\S+ of org/tiny: try again in 3600 s",
        ),
        (
            WEIGHTS,
            Fault("busy"),
            r"asked too often \(429\) .* try again later, or set HF_TOKEN, which raises the limit",
        ),
        (
            WEIGHTS,
            Fault("down"),
            r"did not hand out model\.safetensors of org/tiny \(503\): try again later, or set HF_EN",
        ),
        (
            WEIGHTS,
            Fault("stalled"),
            r"fell silent while sending model\.s\S+ of org/tiny: what has arrived is kept, so try",
        ),
        (
            "org/tiny",
            Fault("private"),
            r"has no model org/tiny that this token may see: correct hf_model_name, or set HF_",
        ),
        ("org/tiny", Fault("gated", status=403), r"is gated and this token's account may not read it yet"),
        ("org/tiny", Fault("busy", retry_after=3600), r"asked too often \(429\) for org/tiny: try again in 3600 s"),
        ("org/tiny", Fault("down"), r"did not hand out org/tiny \(503\): try again later"),
    ],
)
def test_every_fault_is_told_and_leaves_nothing_wrong(
    hub: LoopbackHub, published: Path, cache: Path, place: str, fault: Fault, words: str
) -> None:
    hub.faults[place] = fault
    began = time.monotonic()
    with pytest.raises(ModelCannotLoad, match=words):
        fetched(cache)
    assert time.monotonic() - began < 5, "nobody waits for an hour"
    for name in blobs(cache):
        whole = not name.endswith(".incomplete")
        assert not whole or any(digest(path) == name for path in published.rglob("*") if path.is_file())
    hub.faults.clear()
    assert same(fetched(cache), published), "what went wrong once is mended by trying again"


@pytest.mark.parametrize("kind", ["broken", "busy", "down", "altered", "stalled"])
def test_a_fault_that_passes_is_not_even_noticed(hub: LoopbackHub, published: Path, cache: Path, kind: Any) -> None:
    hub.faults[WEIGHTS] = Fault(kind, times=1)
    assert same(fetched(cache), published)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(hub: LoopbackHub, small_disk: Path) -> None:
    with pytest.raises(
        ModelCannotLoad, match=r"org/tiny takes 0\.\d MB more and \S+ has 0\.0 MB left: make room, or set"
    ):
        fetched(small_disk)
    assert hub.fetched == []


def test_a_disk_that_fills_up_on_the_way(
    hub: LoopbackHub, published: Path, cache: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(cache.parent)
    monkeypatch.setattr("serve_app.models.transfer.shutil.disk_usage", lambda folder: usage)
    with pytest.raises(ModelCannotLoad, match=r"org/tiny does not fit the disk: make room, or set HF_HOME to a larger"):
        fetched(small_disk)
    assert digest(published / "model.safetensors") not in blobs(small_disk)
    assert same(fetched(cache), published)


def test_what_is_here_already_needs_no_room(
    hub: LoopbackHub, published: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.faults[WEIGHTS] = Fault("stalled")
    with pytest.raises(ModelCannotLoad, match="fell silent"):
        fetched(cache)
    hub.faults.clear()
    size = (published / "model.safetensors").stat().st_size
    free = {"left": size - size // 2 - 1}
    usage = shutil.disk_usage(cache)
    monkeypatch.setattr("serve_app.models.transfer.shutil.disk_usage", lambda folder: usage._replace(free=free["left"]))
    with pytest.raises(ModelCannotLoad, match=r"org/tiny takes 0\.\d MB more"):
        fetched(cache)
    free["left"] += 1
    assert same(fetched(cache), published)
    hub.commit, free["left"] = "f" * 40, 0
    assert same(fetched(cache), published), "another commit with the same files takes no byte more"


def test_a_place_where_nothing_can_be_written(hub: LoopbackHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(
        ModelCannotLoad, match=r"org/tiny cannot be stored \(.*\): set HF_HOME or hf_model_kwargs\.cache"
    ):
        fetched(tmp_path / "file")


@pytest.mark.parametrize(
    "path", ["../../outside.json", "/etc/outside.json", "a/../../outside.json", "..\\outside.json"]
)
def test_a_hub_that_names_places_outside_the_cache_is_refused(
    hub: LoopbackHub, cache: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = loopback_hub._listing

    def lying(name: str, folder: Path, kind: str, commit: str) -> Any:
        found = listing(name, folder, kind, commit)
        found["siblings"][0]["rfilename"] = path
        return found

    monkeypatch.setattr(loopback_hub, "_listing", lying)
    with pytest.raises(ModelCannotLoad, match=r"the hub's list of org/tiny cannot be trusted"):
        fetched(cache)
    assert not cache.exists()
