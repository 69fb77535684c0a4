"""The words of a document that came without them, read by tesseract."""

from typing import TYPE_CHECKING

from serve_app.errors import InvalidInput
from serve_app.tasks.documents.words import Word

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_LONGEST_S = 30
_WAY_OUT = "send word_boxes, or install serve-app[ocr] and the program tesseract on the server"


def read_words(picture: "Picture", lang: str | None) -> list[Word]:
    """Each word that was found, or `InvalidInput` that says why none was."""
    try:
        import pytesseract  # noqa: PLC0415 (an extra, and only for documents without words)
    except ImportError:
        raise InvalidInput(f"no words came with the document, and this server cannot read it: {_WAY_OUT}") from None
    try:
        told = pytesseract.image_to_data(picture, lang=lang, output_type="dict", timeout=_LONGEST_S)
    except pytesseract.TesseractNotFoundError:
        raise InvalidInput(f"no words came with the document, and this server cannot read it: {_WAY_OUT}") from None
    except pytesseract.TesseractError:
        raise InvalidInput(
            f"tesseract does not read this document in the language {lang or 'eng'}: install that language, "
            "name another one, or send word_boxes",
            "lang",
        ) from None
    except RuntimeError:
        raise InvalidInput(f"reading the document took more than {_LONGEST_S} s: send word_boxes", "image") from None
    found = zip(told["text"], told["left"], told["top"], told["width"], told["height"], strict=True)
    words = [Word(text, _box(picture, *edges)) for text, *edges in found if text.strip()]
    if not words:
        raise InvalidInput("tesseract finds no words in this document: send word_boxes", "image")
    return words


def _box(picture: "Picture", left: int, top: int, width: int, height: int) -> tuple[int, ...]:
    """In thousandths of the page."""
    edges = (
        left / picture.width,
        top / picture.height,
        (left + width) / picture.width,
        (top + height) / picture.height,
    )
    return tuple(int(1000 * edge) for edge in edges)
