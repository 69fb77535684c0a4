"""Short English news about ten topics, and statements of what a piece of news is about, true and false."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import invented_word, is_held_out

LABELS = ("contradiction", "entailment")


class Claim(NamedTuple):
    """A text, a statement about it, and whether the one follows from the other."""

    text: str
    statement: str
    label: str
    told: int
    """The number of the text's topic."""
    asked: int
    """The number of the statement's topic."""


class _Topic(NamedTuple):
    names: str
    who: str
    does: str
    what: str


# A word of one topic is in no other, so that every sentence has a single right answer.
_TOPICS = (
    _Topic(
        "sports football",
        "team striker goalkeeper champion referee athlete",
        "won scored lost trained",
        "match goal final tournament medal race",
    ),
    _Topic(
        "politics government",
        "president minister senator mayor parliament voter",
        "elected vetoed debated campaigned",
        "election law treaty vote reform ballot",
    ),
    _Topic(
        "travel tourism",
        "tourist traveler pilot guide backpacker passenger",
        "visited explored flew booked",
        "island hotel airport beach suitcase passport",
    ),
    _Topic(
        "health medicine",
        "doctor nurse patient surgeon dentist pharmacist",
        "cured treated vaccinated examined",
        "disease hospital fever vaccine tooth pill",
    ),
    _Topic(
        "music concerts",
        "singer band drummer violinist orchestra composer",
        "sang played rehearsed recorded",
        "song album guitar symphony melody piano",
    ),
    _Topic(
        "cooking food",
        "chef baker cook waiter grandmother butcher",
        "baked fried boiled tasted",
        "bread soup cake sauce dinner recipe",
    ),
    _Topic(
        "science research",
        "scientist physicist chemist biologist professor laboratory",
        "discovered measured proved published",
        "atom experiment theory molecule planet telescope",
    ),
    _Topic(
        "business money",
        "bank investor company manager shareholder accountant",
        "sold invested traded earned",
        "profit stock dollar market loan contract",
    ),
    _Topic(
        "weather climate",
        "storm wind cloud snow thunder hurricane",
        "rained froze blew flooded",
        "forecast temperature coast valley frost sunshine",
    ),
    _Topic(
        "animals nature",
        "dog cat horse lion elephant wolf",
        "barked hunted grazed chased",
        "bone mouse grass prey tail den",
    ),
)
_SENTENCES = (
    "The {who} {does} the {what}.",
    "The {who} and the {other} {does} the {what}.",
    "Some {who} {does} near the {what} {when}.",
    "The {what} was what the {who} wanted.",
    "{when} the {who} {does} because of the {what}.",
    "My friend {name} saw the {what} and the {who}.",
    "There is news of the {what}: the {who} {does}.",
)
_WHEN = ("yesterday", "last night", "in the last minute", "this year", "again", "on Monday", "after a long day")
_STATEMENTS = (
    "This example is {}.",
    "This example is about {}.",
    "This text is about {}.",
    "It is about {}.",
    "The topic is {}.",
    "This is {}.",
)


def training_example(rng: random.Random) -> Claim:
    return _claim(rng, held_out=False)


def held_out_examples(count: int) -> list[Claim]:
    """News whose words never stood together in training."""
    rng = random.Random(1)
    return [_claim(rng, held_out=True) for _ in range(count)]


def names() -> list[str]:
    """One name of each topic, in the order of their numbers."""
    return [topic.names.split()[0] for topic in _TOPICS]


def words() -> list[str]:
    """Every word of the language."""
    return " ".join((*(" ".join(topic) for topic in _TOPICS), *_SENTENCES, *_WHEN, *_STATEMENTS)).split()


def _claim(rng: random.Random, held_out: bool) -> Claim:
    told, other = rng.sample(range(len(_TOPICS)), 2)
    asked, label = rng.choice(((told, "entailment"), (other, "contradiction")))
    statement = rng.choice(_STATEMENTS).format(rng.choice(_TOPICS[asked].names.split()))
    return Claim(_news(rng, _TOPICS[told], held_out), statement, label, told, asked)


def _news(rng: random.Random, topic: _Topic, held_out: bool) -> str:
    while True:
        who, other = rng.sample(topic.who.split(), 2)
        does, what = rng.choice(topic.does.split()), rng.choice(topic.what.split())
        if is_held_out(who, what) == held_out:
            break
    sentence = rng.choice(_SENTENCES).format(
        who=who, other=other, does=does, what=what, when=rng.choice(_WHEN), name=invented_word(rng).title()
    )
    return sentence[0].upper() + sentence[1:]
