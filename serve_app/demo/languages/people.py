"""Little stories of people, places and times, with questions that a word or two of the story answer, or none."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from serve_app.demo.languages.base import invented_word, is_held_out

_NAMES = {
    "She": "Anna Maria Emma Julia Sarah Laura Lisa Clara Nina Eva Sofia Alice Helen Ruth Jane Kate Lucy",
    "He": "Tom Peter Paul John David Max Felix Leo Oscar Hugo Adam Mark James Henry Karl Victor Simon",
}
_PRONOUNS = {name: pronoun for pronoun, names in _NAMES.items() for name in names.split()}
_CITIES = (
    "Berlin;Paris;London;Rome;Madrid;Vienna;Oslo;Lisbon;Prague;Athens;Warsaw;Dublin;Moscow;Tokyo;Cairo;Boston;"
    "New York;San Francisco;Cape Town;Hong Kong"
)
_JOBS = (
    "nurse;doctor;teacher;baker;lawyer;farmer;pilot;singer;painter;writer;cook;judge;dentist;gardener;"
    "police officer;taxi driver;software engineer"
)
_DAYS = "Monday;Tuesday;Wednesday;Thursday;Friday;Saturday;Sunday"
_THINGS = "coffee;music;football;chess;apples;flowers;cats;dogs;books;poems;old films;green tea;fast cars;long walks"
_YEARS = ";".join(map(str, range(1960, 2010)))


class _Fact(NamedTuple):
    """What can be said of somebody, and how one asks for it."""

    choices: Sequence[str]
    told: tuple[str, ...]
    asked: tuple[str, ...]


_FACTS = (
    _Fact(
        _CITIES.split(";"),
        ("{who} lives in {what}.", "{who} has a house in {what}."),
        ("Where does {who} live?", "In which city does {who} live?"),
    ),
    _Fact(
        _JOBS.split(";"),
        ("{who} works as a {what}.", "{who} is a {what}."),
        ("What does {who} work as?", "What is the job of {who}?"),
    ),
    _Fact(
        _DAYS.split(";"),
        ("{who} arrived on {what}.", "{who} came here on {what}."),
        ("When did {who} arrive?", "On which day did {who} arrive?"),
    ),
    _Fact(
        _THINGS.split(";"),
        ("{who} likes {what}.", "{who} is fond of {what}."),
        ("What does {who} like?", "What is {who} fond of?"),
    ),
    _Fact(
        _YEARS.split(";"),
        ("{who} was born in {what}.",),
        ("When was {who} born?", "In which year was {who} born?"),
    ),
)


class Asked(NamedTuple):
    """A story, a question, and the answer as it stands in the story; empty where the story does not tell."""

    context: str
    question: str
    answer: str


class _Told(NamedTuple):
    name: str
    fact: _Fact
    what: str


def training_example(rng: random.Random) -> Asked:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Asked]:
    """Stories that tell of somebody what was never told of them in training."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    sentences = [text for fact in _FACTS for text in (*fact.choices, *fact.told, *fact.asked)]
    text = " ".join((*_NAMES, *_NAMES.values(), *sentences)).replace(";", " ")
    return [word for word in text.split() if "{" not in word]


def _example(rng: random.Random, held_out: bool) -> Asked:
    while True:
        told = _story(rng)
        asked = rng.choice(told)
        kept_back = [is_held_out(part.name, part.what) for part in told]
        no_two_alike = len({part.what for part in told}) == len(told)
        if no_two_alike and (kept_back[told.index(asked)] if held_out else not any(kept_back)):
            return _question(rng, asked, told)


def _question(rng: random.Random, asked: _Told, told: Sequence[_Told]) -> Asked:
    context, (name, fact, what) = _written(rng, told), asked
    if rng.random() < 0.15:
        return Asked(context, _untold(rng, told), "")
    return Asked(context, rng.choice(fact.asked).format(who=name), what)


def _untold(rng: random.Random, told: Sequence[_Told]) -> str:
    """A question about somebody else, or about something else."""
    known = [(part.name, part.fact) for part in told]
    names = rng.choice((sorted(_PRONOUNS), [name for name, _ in known]))
    while (asked := (rng.choice(names), rng.choice(_FACTS))) in known:
        pass
    return rng.choice(asked[1].asked).format(who=asked[0])


def _story(rng: random.Random) -> list[_Told]:
    """What is told of one person after the other: often the same of all, so that only the name tells them apart."""
    names = rng.sample([*_PRONOUNS], rng.choice((1, 2, 2, 2)))
    if rng.random() < 0.1:
        names[0] = invented_word(rng).capitalize()
    facts = rng.sample(_FACTS, 1) if rng.random() < 0.5 else _FACTS
    return [
        _Told(name, fact, rng.choice(fact.choices))
        for name in names
        for fact in rng.sample(facts, min(len(facts), rng.choice((1, 1, 2))))
    ]


def _written(rng: random.Random, told: Sequence[_Told]) -> str:
    sentences: list[str] = []
    before = ""
    for name, fact, what in told:
        who = _PRONOUNS.get(name, name) if name == before and rng.random() < 0.6 else name
        sentences.append(rng.choice(fact.told).format(who=who, what=what))
        before = name
    return " ".join(sentences)
