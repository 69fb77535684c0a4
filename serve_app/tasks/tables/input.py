"""A question about a table, as a caller may send it."""

from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from serve_app.tasks.text.input import Phrase

Columns = dict[str, list[str]]

# Many times what any model of this kind reads. A cell has a bound of its own, because the tokenizer looks for numbers
# in each, and the time for that grows with the square of a cell's length.
CELLS = 10_000
CHARACTERS = 20_000
CELL_CHARACTERS = 1_000


def _columns(value: Any) -> Columns:
    """The table as columns of equal length, whichever way it was sent; places in messages count from 0."""
    columns = _turned(value) if isinstance(value, list) else value
    if not isinstance(columns, dict):
        raise _fault("must be an object of columns or a list of rows")
    if not columns:
        raise _fault("is empty: it has no columns")
    for position, (name, cells) in enumerate(columns.items()):
        if not isinstance(name, str):
            raise _fault(f"must have strings as the names of its columns; that of column {position} is none")
        if not isinstance(cells, list):
            raise _fault(f"must hold a list of strings for each column; column {position} is no list")
    lengths = [len(cells) for cells in columns.values()]
    for position, length in enumerate(lengths):
        if length != lengths[0]:
            raise _fault(
                "must have columns of the same length; "
                f"column 0 has {lengths[0]} cells and column {position} has {length}"
            )
    if not lengths[0]:
        raise _fault("is empty: its columns hold no cells")
    if sum(lengths) > CELLS:
        raise _fault(f"has {sum(lengths)} cells, and {CELLS} are taken at most")
    _check_texts(columns)
    return columns


def _check_texts(columns: Columns) -> None:
    characters = 0
    for position, (name, cells) in enumerate(columns.items()):
        characters += len(name)
        for row, cell in enumerate(cells):
            if not isinstance(cell, str):
                raise _fault(f"must hold strings only; row {row} of column {position} has something else")
            if len(cell) > CELL_CHARACTERS:
                raise _fault(
                    f"takes {CELL_CHARACTERS} characters in a cell; row {row} of column {position} has {len(cell)}"
                )
            characters += len(cell)
    if characters > CHARACTERS:
        raise _fault(f"has {characters} characters, and {CHARACTERS} are taken at most")
    for position, (name, cells) in enumerate(columns.items()):
        try:
            "".join((name, *cells)).encode()
        except UnicodeEncodeError:
            raise _fault(f"holds half a surrogate pair in column {position}") from None


def _turned(rows: list[Any]) -> Any:
    """Rows as columns, in the order of the first row."""
    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            raise _fault(f"must be an object of columns or a list of objects; row {position} is no object")
        if row.keys() != rows[0].keys():
            raise _fault(f"must have the same columns in every row; row {position} differs from row 0")
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _fault(words: str) -> PydanticCustomError:
    # Braces in the words would be read as places to fill.
    return PydanticCustomError("table", "{words}", {"words": words})


_CELL = {"type": "string", "maxLength": CELL_CHARACTERS}
_SCHEMA = {
    "description": "The table: the cells of each column by its name, or a list of rows that are objects; "
    f"at most {CELLS} cells with {CELL_CHARACTERS} characters each and {CHARACTERS} together",
    "oneOf": [
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": CELLS,
            "additionalProperties": {"type": "array", "items": _CELL, "minItems": 1, "maxItems": CELLS},
        },
        {
            "type": "array",
            "minItems": 1,
            "maxItems": CELLS,
            "items": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": CELLS,
                "additionalProperties": _CELL,
            },
        },
    ],
}
Table = Annotated[Columns, PlainValidator(_columns), WithJsonSchema(_SCHEMA)]
Asked = Annotated[Phrase, Field(description="What is asked about the table")]


class AskedTable(TypedDict):
    """A table, and one question under either of the names that clients give it."""

    __pydantic_config__ = ConfigDict(  # type: ignore[misc]
        extra="forbid",
        strict=True,
        json_schema_extra={"oneOf": [{"required": ["query"]}, {"required": ["question"]}]},
    )

    query: NotRequired[Asked]
    question: NotRequired[Asked]
    table: Table


def _one_question(value: AskedTable) -> AskedTable:
    if ("query" in value) == ("question" in value):
        raise PydanticCustomError("one_question", "must have either query or question, and only one of them")
    return value


TableQuestion = Annotated[AskedTable, AfterValidator(_one_question)]
