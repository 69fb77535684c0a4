"""A form with files, as browsers and the OpenAI clients send them: `multipart/form-data`."""

from collections.abc import Mapping
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from serve_app.errors import BadRequest, InvalidInput, UnsupportedMediaType
from serve_app.refusals import brief

FIELDS = 100
"""More than any request here has."""
MANY = "[]"
"""What ends the name of a field that may come several times."""


def parse_form(headers: Mapping[bytes, bytes], raw: bytes) -> dict[str, Any]:
    """The form's fields by name: text as `str`, a file as its `bytes`, and a list of them where a name ends in `[]`."""
    kind, options = parse_options_header(headers.get(b"content-type", b""))
    if kind != b"multipart/form-data":
        said = brief(kind.decode("latin-1"))
        raise UnsupportedMediaType(f'the body must be multipart/form-data, not "{said}"')
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadRequest("the Content-Type must say the form's boundary")
    form = _Form()
    try:
        MultipartParser(boundary, form.callbacks()).write(raw)  # type: ignore[arg-type]
    except FormParserError as error:
        raise BadRequest(f"the body is no form: {brief(str(error))}") from None
    if not form.complete:
        raise BadRequest("the form is cut off: the last boundary is missing")
    return form.fields


class _Form:
    """Hears of a form piece by piece."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.complete = False
        self._seen = 0
        self._begin()

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self._content.append(data[start:end]),
            "on_part_end": self._part,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._name, self._value = bytearray(), bytearray()
        self._about: Mapping[bytes, bytes] = {}
        self._content: list[bytes] = []

    def _header(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, self._about = parse_options_header(bytes(self._value))
        self._name, self._value = bytearray(), bytearray()

    def _part(self) -> None:
        self._seen += 1
        if self._seen > FIELDS:
            raise BadRequest(f"the form has more than {FIELDS} fields")
        name = self._about.get(b"name", b"").decode(errors="replace")
        if not name:
            raise BadRequest("a part of the form has no name: its Content-Disposition must say one")
        content = b"".join(self._content)
        self._keep(name, content if b"filename" in self._about else _text(name, content))

    def _keep(self, name: str, value: str | bytes) -> None:
        if name.endswith(MANY):
            self.fields.setdefault(name, []).append(value)
        elif name in self.fields:
            raise InvalidInput(f"`{brief(name)}` stands twice in the form", name[:200])
        else:
            self.fields[name] = value

    def _end(self) -> None:
        self.complete = True


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"`{brief(name)}` is no text in UTF-8", name[:200]) from None
