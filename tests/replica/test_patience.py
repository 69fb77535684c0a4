"""Each failure to load makes the next try wait longer, for that very entry and no other."""

import time
from pathlib import Path

import pytest

from serve_app.config.schema import Model
from serve_app.replica.patience import FORGOTTEN_S, LONGEST_S, Patience

NODE = "a1b2"
MODEL = Model(name="one", hf_model_name="demo/one")


def test_the_pause_doubles_up_to_its_bound_and_ends_with_a_success(tmp_path: Path) -> None:
    pauses = []
    for _ in range(8):
        pauses.append(Patience(MODEL, NODE, tmp_path).pause_s())
        Patience(MODEL, NODE, tmp_path).failed()
    assert pauses == [0, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]
    Patience(MODEL, NODE, tmp_path).loaded()
    assert Patience(MODEL, NODE, tmp_path).pause_s() == 0


def test_a_changed_entry_is_tried_at_once_and_so_is_everything_on_a_new_node(tmp_path: Path) -> None:
    Patience(MODEL, NODE, tmp_path).failed()
    assert Patience(MODEL, "c3d4", tmp_path).pause_s() == 0
    assert Patience(MODEL.model_copy(update={"hf_device": "cuda"}), NODE, tmp_path).pause_s() == 0


def test_an_old_failure_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Patience(MODEL, NODE, tmp_path).failed()
    Patience(MODEL, NODE, tmp_path).failed()
    later = time.time() + FORGOTTEN_S + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert Patience(MODEL, NODE, tmp_path).pause_s() == 0
    Patience(MODEL, NODE, tmp_path).failed()
    assert Patience(MODEL, NODE, tmp_path).pause_s() == 2


def test_however_often_it_failed_the_pause_has_its_bound(tmp_path: Path) -> None:
    for _ in range(1100):
        Patience(MODEL, NODE, tmp_path).failed()
    assert Patience(MODEL, NODE, tmp_path).pause_s() == LONGEST_S


def test_without_a_place_for_the_file_there_is_no_pause_and_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    patience = Patience(MODEL, NODE, tmp_path / "file" / "folder")
    patience.failed()
    assert patience.pause_s() == 0
    patience.loaded()
