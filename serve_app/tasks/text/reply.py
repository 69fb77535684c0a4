"""The answers to one prompt, and what the caller gets of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from serve_app.tasks.text.choice import Choice
from serve_app.types import Done, Item, Written


@dataclass
class Reply:
    """One item's choices; `output` makes the answer from one of them."""

    item: Item
    choices: Sequence[Choice]
    output: Callable[[Choice], dict[str, Any]]

    @property
    def over(self) -> bool:
        return all(choice.over for choice in self.choices)

    def done(self) -> Done:
        params = self.item.params
        best = list(self.choices)
        if (params.best_of or 1) > (params.n or 1):
            best.sort(key=lambda choice: -choice.mean_logprob)
        answer = self.output(best[0])
        if params.details:
            answer["details"] = self._details(best[0]) | {
                "choices": [{**choice.answer, **self._details(choice)} for choice in best[: params.n or 1]]
            }
        return Done(answer)

    def _details(self, choice: Choice) -> dict[str, Any]:
        thought = {} if choice.sieve is None else {"reasoning_tokens": choice.thought}
        return {
            **thought,
            "finish_reason": choice.finish,
            "generated_tokens": choice.count,
            "input_length": len(choice.sequence.prompt),
            "seed": choice.sequence.sampling.seed if choice.sequence.sampling.temperature else None,
            "tokens": [_shown(token) for token in choice.written],
            "top_tokens": [[_shown(top) for top in token.tops] for token in choice.written if token.tops],
        }


def _shown(token: Written) -> dict[str, Any]:
    return {"id": token.id, "text": token.text, "logprob": token.logprob, "special": token.special}
