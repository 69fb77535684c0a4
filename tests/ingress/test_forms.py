"""Forms with files: what is in them, and what is wrong with them."""

import time
from collections.abc import Sequence

import httpx
import pytest

from serve_app.errors import AppError, BadRequest, InvalidInput, UnsupportedMediaType
from serve_app.ingress.forms import FIELDS, parse_form

HEADERS = {b"content-type": b"multipart/form-data; boundary=edge"}
END = b"--edge--\r\n"


def part(about: str, content: bytes) -> bytes:
    return b"--edge\r\nContent-Disposition: form-data; " + about.encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes, end: bytes = END) -> bytes:
    return b"".join(parts) + end


def test_as_a_client_writes_it() -> None:
    sound = bytes(range(256)) * 40 + b"\r\n--edge\r\n--"
    request = httpx.Request(
        "POST",
        "http://test",
        data={"model": "hörer", "temperature": "0.5", "granularities[]": ["word", "segment"]},
        files={"file": ("a.wav", sound, "audio/wav")},
    )
    headers = {name.lower(): value for name, value in request.headers.raw}
    assert parse_form(headers, request.read()) == {
        "model": "hörer",
        "temperature": "0.5",
        "granularities[]": ["word", "segment"],
        "file": sound,
    }


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a\\b", "ü.wav"])
def test_a_file_is_told_by_having_a_name_whatever_it_is(name: str) -> None:
    assert parse_form(HEADERS, form(part(f'name="file"; filename="{name}"', b"\xff"))) == {"file": b"\xff"}


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\r\n--edg", b"--edge", b"\r\r\n--\r\n"])
def test_what_is_nearly_a_boundary_belongs_to_the_file(content: bytes) -> None:
    assert parse_form(HEADERS, form(part('name="f"; filename="x"', content))) == {"f": content}


def test_an_empty_form_has_no_fields() -> None:
    assert parse_form(HEADERS, END) == {}


FAULTS: dict[str, tuple[bytes, bytes, type[AppError], str, str | None]] = {
    "json": (b"application/json", b"{}", UnsupportedMediaType, "must be multipart/form-data, not", None),
    "nothing said": (b"", b"{}", UnsupportedMediaType, "must be multipart/form-data, not", None),
    "no boundary": (b"multipart/form-data", END, BadRequest, "must say the form's boundary", None),
    "a boundary without end": (
        b"multipart/form-data; boundary=" + b"x" * 1000,
        END,
        BadRequest,
        "the body is no form",
        None,
    ),
    "another boundary": (b"multipart/form-data; boundary=other", END, BadRequest, "the body is no form", None),
    "nothing": (HEADERS[b"content-type"], b"", BadRequest, "cut off", None),
    "cut off in a file": (
        HEADERS[b"content-type"],
        part('name="f"; filename="x"', b"abc"),
        BadRequest,
        "cut off",
        None,
    ),
    "no name": (HEADERS[b"content-type"], form(part('filename="x"', b"a")), BadRequest, "has no name", None),
    "no disposition": (HEADERS[b"content-type"], b"--edge\r\n\r\na\r\n" + END, BadRequest, "has no name", None),
    "no text": (HEADERS[b"content-type"], form(part('name="model"', b"\xff")), InvalidInput, "UTF-8", "model"),
    "twice": (HEADERS[b"content-type"], form(*[part('name="a"', b"x")] * 2), InvalidInput, "stands twice", "a"),
    "many": (
        HEADERS[b"content-type"],
        form(*[part('name="a[]"', b"x")] * 200),
        BadRequest,
        f"more than {FIELDS}",
        None,
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults(fault: tuple[bytes, bytes, type[AppError], str, str | None]) -> None:
    content_type, raw, kind, words, field = fault
    with pytest.raises(kind) as told:
        parse_form({b"content-type": content_type}, raw)
    assert words in told.value.message and told.value.field == field


@pytest.mark.parametrize(
    "large",
    [
        [b"\r" * 20_000_000],
        [b"\r\n--edg" * 2_500_000],
        [b"\r\n" * 10_000_000, b"\0" * 100],
    ],
    ids=["returns", "almost boundaries", "lines"],
)
def test_large_files_hold_nobody_up(large: Sequence[bytes]) -> None:
    raw = form(*[part(f'name="{number}"; filename="x"', content) for number, content in enumerate(large)])
    began = time.perf_counter()
    fields = parse_form(HEADERS, raw)
    assert time.perf_counter() - began < 1
    assert list(fields.values()) == list(large)


@pytest.mark.parametrize("header", [b"a:b\r\n" * 100_000, b"x" * 1_000_000 + b": y\r\n"], ids=["many", "long"])
def test_headers_have_bounds(header: bytes) -> None:
    with pytest.raises(BadRequest, match="the body is no form: "):
        parse_form(HEADERS, b"--edge\r\n" + header + b"\r\nx\r\n" + END)
