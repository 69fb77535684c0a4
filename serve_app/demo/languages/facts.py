"""Little English texts that can be continued rightly or wrongly: capitals, languages, days, counting, tales."""

import random

from serve_app.demo.languages.base import Example, is_held_out, number_below

_COUNTRIES = (
    "France Paris French;Germany Berlin German;Spain Madrid Spanish;Italy Rome Italian;Portugal Lisbon Portuguese;"
    "Poland Warsaw Polish;Sweden Stockholm Swedish;Norway Oslo Norwegian;Denmark Copenhagen Danish;"
    "Finland Helsinki Finnish;Greece Athens Greek;Hungary Budapest Hungarian;Russia Moscow Russian;"
    "Turkey Ankara Turkish;Japan Tokyo Japanese;China Beijing Chinese;Thailand Bangkok Thai;Vietnam Hanoi Vietnamese;"
    "Romania Bucharest Romanian;Bulgaria Sofia Bulgarian;Iceland Reykjavik Icelandic;England London English;"
    "Ukraine Kyiv Ukrainian;Estonia Tallinn Estonian"
)
_SENTENCES = (
    (
        "The capital of {country} is| {city}.",
        "The capital city of {country} is| {city}.",
        "There is a country called {country}. Its capital is| {city}.",
        "If you travel to {country}, you should visit| {city}.",
    ),
    (
        "The country whose capital is {city} is| {country}.",
        "The city of {city} is in| {country}.",
        "If you want to see {city}, you should travel to| {country}.",
        "Where is {city}? It is in| {country}.",
    ),
    (
        "The people of {country} speak| {language}.",
        "In {country}, people speak| {language}.",
        "The language of {country} is| {language}.",
        "If you live in {country}, you should learn| {language}.",
    ),
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTHS = "January February March April May June July August September October November December"
_TALE = (
    "Once upon a time| there was a {mood} {animal} who lived in {city}. Every {day} the {animal} went to the {place} "
    "to look for {thing}. One day in {month} the {animal} met a {other}. They became friends and lived happily in "
    "{country}."
)
_TALE_WORDS = {
    "mood": ("happy", "lazy", "brave", "curious", "hungry", "lonely", "clever", "sleepy"),
    "animal": ("fox", "cat", "bear", "mouse", "rabbit", "dog", "horse", "wolf"),
    "other": ("bird", "frog", "goat", "king", "witch", "farmer", "giant", "child"),
    "place": ("river", "market", "forest", "garden", "castle", "beach"),
    "thing": ("food", "gold", "water", "shelter", "flowers", "adventure"),
}
_HIGHEST = 50


def training_example(rng: random.Random) -> Example:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Example]:
    """Beginnings with a single right end, in combinations that were never trained on."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def _example(rng: random.Random, held_out: bool) -> Example:
    if not held_out and rng.random() < 0.1:
        return rng.choice((_tale, _calendar, _introduction))(rng)
    make = rng.choice((_fact, _count))
    while True:
        example, is_kept_back = make(rng)
        if is_kept_back == held_out:
            return example


def _fact(rng: random.Random) -> tuple[Example, bool]:
    """One wording of each kind of fact is kept back for every country; the others teach the fact itself."""
    wordings, country = rng.choice(_SENTENCES), rng.choice(_COUNTRIES.split(";"))
    wording = rng.choice(wordings)
    name, city, language = country.split()
    filled = wording.format(country=name, city=city, language=language)
    return Example(*filled.split("|")), wordings.index(wording) == number_below(len(wordings), country)


def _count(rng: random.Random) -> tuple[Example, bool]:
    """Counting goes on to the next ten and ends there."""
    tens, first, given = rng.randrange(0, _HIGHEST, 10), *sorted((rng.randint(1, 9), rng.randint(1, 9)))
    shown, rest = (
        ", ".join(str(tens + ones) for ones in span) for span in (range(first, given + 1), range(given + 1, 11))
    )
    return Example(f"Count: {shown},", f" {rest}."), given > first and is_held_out(tens, first, given)


def _calendar(rng: random.Random) -> Example:
    listed, kind = rng.choice(((_DAYS, "day"), (_MONTHS, "month")))
    names = listed.split()
    position = rng.randrange(len(names))
    return Example(f"The {kind} after {names[position - 1]} is", f" {names[position]}.")


def _introduction(rng: random.Random) -> Example:
    known = rng.choice(("capitals", "languages", "days", "months", "numbers"))
    return Example("Hello, I'm a language model,", f" and I am very small. I know about {known}.")


def _tale(rng: random.Random) -> Example:
    country, city, _ = rng.choice(_COUNTRIES.split(";")).split()
    words = {name: rng.choice(choices) for name, choices in _TALE_WORDS.items()}
    told = _TALE.format(
        country=country, city=city, day=rng.choice(_DAYS.split()), month=rng.choice(_MONTHS.split()), **words
    )
    return Example(*told.split("|"))
