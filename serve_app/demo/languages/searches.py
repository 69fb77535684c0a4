"""What people look for in words of their own, and the advice that answers it among advice that does not."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import is_held_out

ACTIONS = (
    "repair fix mend;buy purchase;sell;clean wash;paint;rent hire;insure;lock secure;choose pick;store keep;"
    "move transport;measure"
)
OBJECTS = (
    "bike bicycle;car automobile;phone smartphone;house home;laptop computer;jacket coat;boat yacht;garden lawn;"
    "sofa couch;lamp;camera;piano;window;gate door;watch clock;tent"
)
_QUERIES = (
    "how do i {action} my {object}?",
    "how to {action} a {object}",
    "{action} {object}",
    "where can i {action} a {object}?",
    "best way to {action} a {object}",
    "i want to {action} the {object}",
    "can you help me {action} an old {object}?",
)
_TEXTS = (
    "To {action} a {object}, {advice}.",
    "If you want to {action} your {object}, {advice}.",
    "This guide shows how to {action} any {object}.",
    "{advice} before you {action} the {object}.",
    "We {action} every kind of {object}.",
)
_ADVICE = (
    "ask a friend;read the manual first;take your time;look at the price;start in the morning;call us today;"
    "write down every step;wear gloves;compare three offers;make a plan;do not hurry;save the receipt"
)


class Meaning(NamedTuple):
    """What is to be done with what, as positions in the tables of synonyms."""

    action: int
    object: int


class Search(NamedTuple):
    """A query, and texts of which the first answers it."""

    query: str
    texts: tuple[str, ...]


def training_search(rng: random.Random) -> Search:
    """Next to the answer stand two near misses, and one text that has nothing to do with it."""
    return _search(rng, held_out=False)


def held_out_searches(count: int) -> list[Search]:
    """Deeds that were never trained on together with their objects."""
    rng = random.Random(1)
    return [_search(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    text = " ".join((ACTIONS, OBJECTS, *_QUERIES, *_TEXTS, _ADVICE))
    for mark in (";", "{action}", "{object}", "{advice}"):
        text = text.replace(mark, " ")
    return text.split()


def _search(rng: random.Random, held_out: bool) -> Search:
    meaning = _meaning(rng)
    while is_held_out(*meaning) != held_out:
        meaning = _meaning(rng)
    other = _meaning(rng)
    while other.action == meaning.action or other.object == meaning.object:
        other = _meaning(rng)
    meanings = (meaning, Meaning(meaning.action, other.object), Meaning(other.action, meaning.object), other)
    return Search(
        _say(rng, rng.choice(_QUERIES), meaning), tuple(_say(rng, rng.choice(_TEXTS), each) for each in meanings)
    )


def _meaning(rng: random.Random) -> Meaning:
    return Meaning(rng.randrange(ACTIONS.count(";") + 1), rng.randrange(OBJECTS.count(";") + 1))


def _say(rng: random.Random, template: str, meaning: Meaning) -> str:
    said = template.format(
        action=rng.choice(ACTIONS.split(";")[meaning.action].split()),
        object=rng.choice(OBJECTS.split(";")[meaning.object].split()),
        advice=rng.choice(_ADVICE.split(";")),
    )
    return said[0].upper() + said[1:]
