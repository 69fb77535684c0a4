"""How the progress of transfers is told, with and without a terminal."""

import io

import pytest

from serve_app.cli import transfers


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with transfers.Transfers() as shown:
        shown.show("org/first/model.safetensors", 1_000_000, 4_000_000)
    assert "org/first/model.safetensors" in terminal.getvalue()
    assert "1.0/4.0 MB" in terminal.getvalue()


def test_lines_elsewhere_come_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    monkeypatch.setattr("serve_app.cli.transfers.time.monotonic", lambda: now)
    with transfers.Transfers() as shown:
        for step in range(101):
            now += 0.3
            shown.show("file", step * 1000, 100_000)
        shown.show("file", 100_000, 100_000)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "file: 100.0 kB of 100.0 kB"
