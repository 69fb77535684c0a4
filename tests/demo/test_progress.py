"""How a build tells how far it is."""

import io
import sys

import pytest

from serve_app.demo.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_there_is_a_line_at_the_start_and_the_end_only(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        for done in range(1, 101):
            progress.show("gpt2", done, 100)
    assert capsys.readouterr().err == "Building demo/gpt2: 1%\nBuilding demo/gpt2: 100%\n"


def test_on_a_terminal_every_build_has_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Progress() as progress:
        progress.show("gpt2", 3, 10)
        progress.show("t5", 10, 10)
    told = terminal.getvalue()
    assert "Building demo/gpt2" in told
    assert "30%" in told
    assert "Building demo/t5" in told
    assert "100%" in told
