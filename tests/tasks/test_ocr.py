"""Documents without words: read by tesseract where there is one, and a way out where there is none."""

import sys
from pathlib import Path

import pytest

from serve_app.errors import InvalidInput
from serve_app.tasks.documents.ocr import read_words
from serve_app.tasks.documents.words import Word
from tests.media import picture

PAGE = picture(0, 200, 100)
# Tesseract's own columns: the page, and then each word with its left, top, width and height.
_TABLE = (
    "level page_num block_num par_num line_num word_num left top width height conf text",
    "1 1 0 0 0 0 0 0 200 100 -1 ",
    "5 1 1 1 1 1 20 10 60 20 96 Total",
    "5 1 1 1 1 2 90 10 50 20 91 12.50",
)


def tesseract(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """A program of that name, and nothing else, on the path."""
    path = folder / "tesseract"
    path.write_text(f"#!{sys.executable}\n{program}")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_words_come_with_their_places_in_thousandths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "\n".join(line.replace(" ", "\t") for line in _TABLE) + "\n"
    program = f"""import sys
if "--version" in sys.argv:
    print("tesseract 5.3.0")
else:
    assert sys.argv[sys.argv.index("-l") + 1] == "deu"
    open(sys.argv[2] + ".tsv", "w").write({table!r})
"""
    tesseract(tmp_path, monkeypatch, program)
    assert read_words(PAGE, "deu") == [Word("Total", (100, 100, 400, 300)), Word("12.50", (450, 100, 700, 300))]


def test_a_language_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tesseract(
        tmp_path, monkeypatch, 'import sys\nprint("tesseract 5.3.0")\nsys.exit(0 if "--version" in sys.argv else 1)\n'
    )
    with pytest.raises(InvalidInput, match="language kli") as told:
        read_words(PAGE, "kli")
    assert told.value.field == "lang"


def test_without_the_program_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match=r"send word_boxes, or install serve-app\[ocr\] and the program tesseract"):
        read_words(PAGE, None)


def test_without_the_extra_the_way_out_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    with pytest.raises(InvalidInput, match=r"send word_boxes, or install serve-app\[ocr\] and the program tesseract"):
        read_words(PAGE, None)
