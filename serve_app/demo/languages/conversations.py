"""Short conversations with an assistant: what was told, what is known, tools, JSON, and thinking first where asked."""

import random
from collections.abc import Sequence

from serve_app.demo.languages import knowledge, memory, tool_use
from serve_app.demo.languages.dialogues import Dialogue, Message, Scene, Turn

THINK = "Think first."
_PERSONAS = ("You are a helpful assistant.", "You are a kind assistant.", "Answer the questions of the user.")


def training_example(rng: random.Random) -> Dialogue:
    return _dialogue(rng, held_out=False)


def short_example(rng: random.Random) -> Dialogue:
    """A single turn, to begin with."""
    scene = _scene(rng, held_out=False, tooled=0.5)
    told = [memory.tell(scene, speaks=False)] if rng.random() < 0.5 else []
    return _written(scene, told, [_turn(scene)])


def held_out_examples(count: int) -> list[Dialogue]:
    """Conversations in which nothing is told or asked as it was in training."""
    rng = random.Random(1)
    return [_dialogue(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """The words that an answer may have to repeat."""
    return [*memory.words(), *tool_use.SKIES, *map(str, range(1, 100))]


def _dialogue(rng: random.Random, held_out: bool) -> Dialogue:
    scene = _scene(rng, held_out, tooled=0.5)
    system = [rng.choice(_PERSONAS)] if rng.random() < 0.3 else []
    if rng.random() < 0.5:
        system += [memory.tell(scene, speaks=False) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.15:
        system.append(THINK)
    return _written(scene, system, [_turn(scene) for _ in range(rng.choice((1, 1, 1, 2, 2, 2, 3, 3, 4)))])


def _scene(rng: random.Random, held_out: bool, tooled: float) -> Scene:
    tools = rng.sample([*tool_use.TOOLS.values()], rng.choice((1, 1, 2, 2, 3))) if rng.random() < tooled else ()
    return Scene(rng, held_out, tuple(tools))


def _turn(scene: Scene) -> Turn:
    known = scene.rng.choice(knowledge.MAKERS)
    makers = (memory.introduction, memory.statement, memory.question, memory.description, tool_use.tool_turn, known)
    weights = (1.5, 1.0, 4.0, 2.5, 6.0 if scene.tools else 2.5, 4.0)
    [make] = scene.rng.choices(makers, weights)
    return make(scene)


def _written(scene: Scene, system: Sequence[str], turns: Sequence[Turn]) -> Dialogue:
    messages = [message for turn in turns for message in turn.messages]
    if THINK not in system:
        messages = [message._replace(thought="") for message in messages]
    if system:
        messages.insert(0, Message("system", " ".join(system)))
    return Dialogue(tuple(messages), scene.tools, tuple(turn.kind for turn in turns))
