"""Requests that need a tool: called where it is offered, for one thing or two, and its result put in words."""

import json
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from serve_app.demo.languages.base import is_held_out
from serve_app.demo.languages.dialogues import Call, Message, Scene, Tool, Turn, exchange
from serve_app.demo.languages.memory import CITIES

SKIES = ("sunny", "cloudy", "rainy", "windy", "snowy", "foggy")
TOOLS = {
    "weather": Tool("get_weather", (("city", "string"),)),
    "sum": Tool("add", (("a", "integer"), ("b", "integer"))),
    "timer": Tool("set_timer", (("minutes", "integer"),)),
}
_ASKING_WEATHER = (
    "What is the weather in {where}?",
    "How is the weather in {where}?",
    "What is the weather like in {where}?",
)
_ASKING_SUM = ("What is {a} + {b}?", "How much is {a} plus {b}?", "Please add {a} and {b}.")
_ASKING_TIMER = (
    "Set a timer for {minutes} minutes.",
    "Please set a timer for {minutes} minutes.",
    "Wake me in {minutes} minutes.",
)
_MOST = 49

Drawn = TypeVar("Drawn", bound=tuple[object, ...])


class _Wish(NamedTuple):
    """What is asked, the values and the result of each call that it takes, the answer, and what is said without."""

    asked: str
    calls: tuple[tuple[str | int, ...], ...]
    results: tuple[str, ...]
    answer: str
    cannot: str


def tool_turn(scene: Scene) -> Turn:
    """A wish that is granted by a call where its tool is offered, and refused where it is not."""
    rng = scene.rng
    within_reach = [wish for wish, tool in TOOLS.items() if tool in scene.tools or rng.random() < 0.5]
    chosen = rng.choice(within_reach or [*TOOLS])
    wish, tool = _WISHES[chosen](scene), TOOLS[chosen]
    if tool not in scene.tools:
        return exchange("no tool", wish.asked, wish.cannot, "I have no tool for this.")
    names = [name for name, _ in tool.parameters]
    calls = tuple(Call(tool.name, tuple(zip(names, values, strict=True))) for values in wish.calls)
    return Turn(
        "calls" if len(calls) > 1 else "call",
        (
            Message("user", wish.asked),
            Message("assistant", calls=calls, thought=f"I call {tool.name}."),
            *(Message("tool", result) for result in wish.results),
            Message("assistant", wish.answer, thought="I have the result."),
        ),
    )


def _weather(scene: Scene) -> _Wish:
    rng = scene.rng
    cities = _kept_or_not(scene, lambda: tuple(rng.sample(CITIES, rng.choice((1, 2, 2)))), "weather")
    found = [(city, rng.choice(SKIES)) for city in cities]
    told = " and ".join(f"{sky} in {city}" for city, sky in found)
    return _Wish(
        rng.choice(_ASKING_WEATHER).format(where=" and ".join(cities)),
        tuple((city,) for city in cities),
        tuple(json.dumps({"city": city, "sky": sky}) if rng.random() < 0.5 else sky for city, sky in found),
        f"It is {told}.",
        "I cannot look up the weather.",
    )


def _sum(scene: Scene) -> _Wish:
    rng = scene.rng
    a, b = _kept_or_not(scene, lambda: (rng.randint(1, _MOST), rng.randint(1, _MOST)), "add")
    return _Wish(
        rng.choice(_ASKING_SUM).format(a=a, b=b),
        ((a, b),),
        (json.dumps({"result": a + b}) if rng.random() < 0.5 else str(a + b),),
        f"The sum is {a + b}.",
        "I cannot add numbers.",
    )


def _timer(scene: Scene) -> _Wish:
    rng = scene.rng
    (minutes,) = _kept_or_not(scene, lambda: (rng.randint(2, 90),), "timer")
    return _Wish(
        rng.choice(_ASKING_TIMER).format(minutes=minutes),
        ((minutes,),),
        (rng.choice(("ok", "done", json.dumps({"status": "ok"}))),),
        f"The timer is set for {minutes} minutes.",
        "I cannot set a timer.",
    )


def _kept_or_not(scene: Scene, draw: Callable[[], Drawn], *about: str) -> Drawn:
    while is_held_out(*about, *(drawn := draw())) != scene.held_out:
        pass
    return drawn


_WISHES: dict[str, Callable[[Scene], _Wish]] = {"weather": _weather, "sum": _sum, "timer": _timer}
