"""The table of a run, and what it says about the targets."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from benchmarks.generators.contenders import CONTENDERS
from benchmarks.generators.measured import Run
from benchmarks.generators.room import SEQUENCES
from benchmarks.generators.workload import ANSWER_TOKENS, FIXED_TOKENS, PROMPT_TOKENS

OURS, REFERENCES = "serve-app", ("bare", "transformers")
TARGET_CLIENTS = 16
ANSWERS = {
    "mixed": f"answers of {ANSWER_TOKENS[0]} to {ANSWER_TOKENS[1]} tokens, log-uniform",
    "fixed": f"answers of {FIXED_TOKENS} tokens",
}
WAITS = ("first token p50 ms", "p99", "between tokens p50 ms", "p99")
NOTES = (
    "Counted at the client, in a closed loop: every client sends its next prompt, of "
    f"{PROMPT_TOKENS[0]} to {PROMPT_TOKENS[1]} tokens, when its last answer is whole.",
    "Greedy, in bfloat16. Tokens that arrive together count as one arrival in the time between tokens.",
    "Whoever batches continuously has the same cache.",
    f"The static batches stream too, of up to {SEQUENCES} requests: what they cannot do is let anybody in meanwhile.",
)


class Key(NamedTuple):
    """What a run was a run of."""

    model: str
    workload: str
    clients: int
    contender: str


class Target(NamedTuple):
    """At least so many times as good as the reference; without a target it is only told."""

    words: str
    workload: str
    reference: str
    figure: str
    at_least: float | None = None


TOKENS, FIRST = "tokens per second", "p99 time to the first token"
TARGETS = (
    Target("of the bare manager's tokens per second", "mixed", "bare", TOKENS, 0.88),
    Target("of the tokens per second of transformers serve", "mixed", "transformers", TOKENS, 0.92),
    Target("times as quick as transformers serve, p99 to the first token", "mixed", "transformers", FIRST, 1.0),
    Target("times the static batches' tokens per second", "mixed", "static", TOKENS, 1.5),
    Target("times as quick as static batches, p99 to the first token", "mixed", "static", FIRST, 5.0),
    Target("times the static batches' tokens per second", "fixed", "static", TOKENS),
)
Results = Mapping[Key, Run]


def written(results: Results, machine: str) -> str:
    """All of it, as Markdown."""
    parts = ["\n".join([f"{machine}.", *NOTES]), "\n".join(_verdicts(results))]
    for model, workload in dict.fromkeys((key.model, key.workload) for key in results):
        parts += [f"## {model}, {ANSWERS[workload]}", "\n".join(_table(model, workload, results))]
    return "\n\n".join(parts) + "\n"


def _table(model: str, workload: str, results: Results) -> Iterable[str]:
    shares = [f"of {CONTENDERS[name].title}" for name in REFERENCES]
    yield "| clients | | " + " | ".join(["tokens/s", *shares, *WAITS, "whole answers"]) + " |"
    yield "|---:|---|" + "---:|" * (len(shares) + len(WAITS) + 2)
    for key, run in sorted(
        results.items(), key=lambda item: (item[0].clients, list(CONTENDERS).index(item[0].contender))
    ):
        if (key.model, key.workload) == (model, workload):
            references = [results.get(key._replace(contender=name)) for name in REFERENCES]
            figures = [f"{run.tokens_per_s:.0f}", *(_share(run, reference) for reference in references)]
            figures += [_ms(wait) for wait in (run.first_ms(50), run.first_ms(99), run.gap_ms(50), run.gap_ms(99))]
            yield (
                f"| {key.clients} | {CONTENDERS[key.contender].title} | "
                + " | ".join([*figures, f"{run.requests}"])
                + " |"
            )


def _verdicts(results: Results) -> Iterable[str]:
    yield f"At {TARGET_CLIENTS} clients:"
    yield ""
    for model in dict.fromkeys(key.model for key in results):
        for target in TARGETS:
            key = Key(model, target.workload, TARGET_CLIENTS, OURS)
            mine, reference = results.get(key), results.get(key._replace(contender=target.reference))
            ratio = _ratio(target.figure, mine, reference) if mine and reference else None
            if ratio is not None:
                aim = f" (target {target.at_least:g})" if target.at_least is not None else ""
                yield f"- {model}, {target.workload} lengths: {ratio:.2f} {target.words}{aim}"
    faults = sum(run.faults for run in results.values())
    words = next((f", the first: {run.first_fault}" for run in results.values() if run.faults), "")
    yield f"- answers that were no good, of all together: {faults}{words}"


def _ratio(figure: str, mine: Run, reference: Run) -> float | None:
    """How many times as good."""
    if figure == TOKENS:
        return mine.tokens_per_s / reference.tokens_per_s if reference.tokens else None
    own, theirs = mine.first_ms(99), reference.first_ms(99)
    return theirs / own if own and theirs else None


def _share(run: Run, reference: Run | None) -> str:
    ratio = _ratio(TOKENS, run, reference) if reference else None
    return "–" if ratio is None else f"{ratio:.0%}"


def _ms(wait: float | None) -> str:
    return "–" if wait is None else f"{wait:,.0f}"
