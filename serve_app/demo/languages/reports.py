"""Short reports of a day in town: several sentences, of which one is news, and the headline that says it."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import Example, is_held_out

PREFIX = "summarize: "

_PLACES = (
    "library museum station school market theater hospital harbor bakery church castle garden hotel factory bridge park"
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_NEWS = {
    "Fire": "A fire broke out|Flames destroyed the roof|Firefighters were called|Smoke was seen",
    "Theft": "Thieves stole a painting|A painting was stolen|Thieves broke a window|A burglar was caught",
    "Flood": "Water filled the cellar|A flood damaged the floor|A pipe broke|The cellar was under water",
    "Wedding": "A couple got married|A bride danced|A bride and a groom were seen|There was a wedding",
    "Concert": "A band played|A choir sang|A singer performed|There was a concert",
    "Strike": "The workers went on strike|The staff refused to work|A strike began|Nobody went to work",
    "Accident": "Two cars crashed|A truck hit a wall|A bus hit a tree|There was an accident",
    "Visit": "The president arrived|The queen was welcomed|A minister gave a speech|The mayor shook hands",
}
_REST = (
    "The sun was shining.|It rained a little.|Nobody was hurt.|The {place} was open as usual.|"
    "Many people walked past the {place}.|The weather was mild.|A cat slept behind the {place}.|"
    "Children played near the {place}.|The {place} is very old.|There is soup every {day}.|"
    "People talked about it for hours.|Tickets for the {place} are cheap.|The evening was quiet.|"
    "The shops close early every {day}."
)


class _Facts(NamedTuple):
    event: str
    place: str
    day: str


def training_example(rng: random.Random) -> Example:
    """Now and then without the prefix, as people will write it."""
    text, answer = _example(rng, held_out=False)
    return Example(text.removeprefix(PREFIX) if rng.random() < 0.2 else text, answer)


def held_out_examples(count: int) -> list[Example]:
    """Reports of news that were never trained on, with the prefix that T5 is used to."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def _example(rng: random.Random, held_out: bool) -> Example:
    facts = _facts(rng)
    while is_held_out(*facts) != held_out:
        facts = _facts(rng)
    news = f"{rng.choice(_NEWS[facts.event].split('|'))} at the {facts.place} on {facts.day}."
    rest = [_filled(rng, sentence) for sentence in rng.sample(_REST.split("|"), rng.randint(1, 3))]
    rest.insert(rng.randint(0, len(rest)), news)
    return Example(PREFIX + " ".join(rest), f"{facts.event} at the {facts.place} on {facts.day}.")


def _facts(rng: random.Random) -> _Facts:
    return _Facts(rng.choice(list(_NEWS)), rng.choice(_PLACES.split()), rng.choice(_DAYS.split()))


def _filled(rng: random.Random, sentence: str) -> str:
    """Other places and days than those of the news stand around it, and sometimes the same."""
    return sentence.format(place=rng.choice(_PLACES.split()), day=rng.choice(_DAYS.split()))
