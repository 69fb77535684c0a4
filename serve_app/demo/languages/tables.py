"""Questions about little tables: one cell of a row, the rows that have a cell, and sums over a whole column."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from serve_app.demo.languages.base import is_held_out

AGGREGATIONS = ("NONE", "SUM", "AVERAGE", "COUNT")


class Asked(NamedTuple):
    """A question, and the table it is about."""

    question: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def table(self) -> dict[str, list[str]]:
        """The table as clients send it."""
        return {name: [row[place] for row in self.rows] for place, name in enumerate(self.names)}


class Example(NamedTuple):
    """What is asked, row and column of each cell that counts, and what is made of them."""

    asked: Asked
    cells: tuple[tuple[int, int], ...]
    aggregation: str


class _Theme(NamedTuple):
    key: str
    keys: str
    words: dict[str, str]
    numbers: tuple[str, ...]


_THEMES = (
    _Theme(
        "Name",
        "Anna Ben Clara David Emma Felix Grace Henry Ida Jack Kate Leo Maria Nina Oscar Paula Quentin Rosa Sam Tom",
        {
            "City": "Paris Berlin Rome Madrid Vienna London Oslo Lisbon Prague Dublin",
            "Job": "nurse doctor teacher baker pilot singer farmer lawyer painter cook",
        },
        ("Age", "Points"),
    ),
    _Theme(
        "Product",
        "apples bread cheese milk butter rice honey coffee sugar salt pasta onions carrots pears plums eggs",
        {
            "Color": "red green blue yellow white black brown orange purple pink",
            "Shop": "market bakery dairy kiosk mall corner harbor station",
        },
        ("Price", "Stock"),
    ),
    _Theme(
        "Team",
        "Lions Tigers Bears Wolves Eagles Sharks Hawks Foxes Bulls Ravens Panthers Cobras Dragons Falcons",
        {
            "Country": "France Germany Italy Spain Austria England Norway Portugal Ireland Poland",
            "Coach": "Miller Smith Brown Jones Taylor Wilson Evans Walker Wright Hughes",
        },
        ("Wins", "Goals"),
    ),
)
_NUMBERS = range(1, 100)
_ONE_CELL = ("What is the {column} of {key}?", "Tell me the {column} of {key}.", "Which {column} does {key} have?")
_BY_CELL = ("Which {name} has the {column} {word}?", "For which {name} is the {column} {word}?")
_WHOLE_COLUMN = {
    "SUM": ("What is the total {column}?", "What is the sum of the {column}?"),
    "AVERAGE": ("What is the average {column}?", "What is the {column} on average?"),
    "COUNT": ("How many entries are in {column}?", "What is the number of entries of {column}?"),
}


class _Sheet(NamedTuple):
    """A table, and what its columns are for."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: int
    words: list[int]
    number: int

    def column(self, place: int) -> list[str]:
        return [row[place] for row in self.rows]


class _Question(NamedTuple):
    """A question to a sheet, its answer, and the words whose combination is held out or not."""

    text: str
    cells: list[tuple[int, int]]
    aggregation: str
    about: Sequence[str]


def training_example(rng: random.Random) -> Example:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Example]:
    """Questions whose pairing of a row with a column, or of a column with its cells, was never trained on."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    texts = [text for theme in _THEMES for text in (theme.key, theme.keys, *theme.numbers, *theme.words.values())]
    texts += [name for theme in _THEMES for name in theme.words]
    forms = [*_ONE_CELL, *_BY_CELL, *(form for alike in _WHOLE_COLUMN.values() for form in alike)]
    texts += [form.format(column="", key="", name="", word="") for form in forms]
    return [*" ".join(texts).split(), *map(str, _NUMBERS)]


def _example(rng: random.Random, held_out: bool) -> Example:
    while True:
        sheet = _sheet(rng)
        question = rng.choice(_KINDS)(sheet, rng)
        if is_held_out(*question.about) == held_out:
            asked = Asked(question.text, sheet.names, sheet.rows)
            return Example(asked, tuple(question.cells), question.aggregation)


def _sheet(rng: random.Random) -> _Sheet:
    theme = rng.choice(_THEMES)
    words, number = rng.sample(list(theme.words), rng.randint(1, 2)), rng.choice(theme.numbers)
    names = [theme.key, *words, number]
    rng.shuffle(names)
    count = rng.randint(2, 5)
    columns = {
        theme.key: rng.sample(theme.keys.split(), count),
        number: [str(rng.choice(_NUMBERS)) for _ in range(count)],
    }
    columns |= {name: rng.choices(theme.words[name].split(), k=count) for name in words}
    rows = tuple(zip(*(columns[name] for name in names), strict=True))
    key, *places, last = (names.index(name) for name in (theme.key, *words, number))
    return _Sheet(tuple(names), rows, key, places, last)


def _one_cell(sheet: _Sheet, rng: random.Random) -> _Question:
    row, column = rng.randrange(len(sheet.rows)), rng.choice([*sheet.words, sheet.number])
    name, key = sheet.names[column], sheet.rows[row][sheet.key]
    text = rng.choice(_ONE_CELL).format(column=name.lower(), key=key)
    return _Question(text, [(row, column)], "NONE", (name, key))


def _by_cell(sheet: _Sheet, rng: random.Random) -> _Question:
    column = rng.choice(sheet.words)
    word = rng.choice(sheet.column(column))
    name, about = sheet.names[sheet.key].lower(), sheet.names[column].lower()
    text = rng.choice(_BY_CELL).format(name=name, column=about, word=word)
    rows = [row for row, cell in enumerate(sheet.column(column)) if cell == word]
    keys = [sheet.rows[row][sheet.key] for row in rows]
    return _Question(text, [(row, sheet.key) for row in rows], "NONE", (word, *keys))


def _whole_column(sheet: _Sheet, rng: random.Random) -> _Question:
    aggregation = rng.choice(AGGREGATIONS[1:])
    column = rng.randrange(len(sheet.names)) if aggregation == "COUNT" else sheet.number
    text = rng.choice(_WHOLE_COLUMN[aggregation]).format(column=sheet.names[column].lower())
    cells = [(row, column) for row in range(len(sheet.rows))]
    return _Question(text, cells, aggregation, (aggregation, *sheet.column(column)))


_KINDS: tuple[Callable[[_Sheet, random.Random], _Question], ...] = (_one_cell, _by_cell, _whole_column)
