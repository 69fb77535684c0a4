"""Requests one by one through plain transformers: the pipeline where there is one, else the model itself.

Run as `python -m benchmarks.plain FOLDER TASK FILE`, in a process of its own; prints how many a second.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answering = Callable[[Any, dict[str, Any]], Any]
ROUNDS = 3


def main() -> None:
    folder, task, file = sys.argv[1:]
    answer, asked = PLAIN[task](folder), json.loads(Path(file).read_text())
    for value, params in asked[:8]:
        answer(value, params)
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for value, params in asked:
            answer(value, params)
        taken.append(time.perf_counter() - began)
    print(json.dumps({"per_s": len(asked) / sorted(taken)[ROUNDS // 2]}))


def _pipeline(task: str, **settings: Any) -> Callable[[str], Answering]:
    def load(folder: str) -> Answering:
        from transformers import pipeline  # noqa: PLC0415 (the other half of the table does without)

        run = pipeline(task, model=folder, **settings)
        return lambda value, params: run(value, **params)

    return load


def _zero_shot(folder: str) -> Answering:
    from transformers import pipeline  # noqa: PLC0415

    run: Any = pipeline("zero-shot-classification", model=folder)
    return lambda value, params: run(value, **params)


def _tables(folder: str) -> Answering:
    from transformers import pipeline  # noqa: PLC0415

    run: Any = pipeline("table-question-answering", model=folder)
    return lambda value, params: run(table=value["table"], query=value["query"])


def _direct(auto_model: str, ask: Callable[[Any, Any, Any], Any]) -> Callable[[str], Answering]:
    def load(folder: str) -> Answering:
        import torch  # noqa: PLC0415
        import transformers  # noqa: PLC0415

        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        model: Any = getattr(transformers, auto_model).from_pretrained(folder).eval()

        def answer(value: Any, params: dict[str, Any]) -> Any:
            with torch.inference_mode():
                return ask(tokenizer, model, value)

        return answer

    return load


def _span(tokenizer: Any, model: Any, value: Any) -> str:
    encoded = tokenizer(value["question"], value["context"], return_tensors="pt")
    outputs = model(**encoded)
    start, end = int(outputs.start_logits.argmax()), int(outputs.end_logits.argmax())
    return str(tokenizer.decode(encoded["input_ids"][0, start : end + 1]))


def _similarities(tokenizer: Any, model: Any, value: Any) -> list[float]:
    import torch  # noqa: PLC0415

    texts = [value["source_sentence"], *value["sentences"]]
    encoded = tokenizer(texts, padding=True, return_tensors="pt")
    mask = encoded["attention_mask"][..., None]
    vectors = (model(**encoded).last_hidden_state * mask).sum(1) / mask.sum(1)
    found: list[float] = torch.nn.functional.cosine_similarity(vectors[:1], vectors[1:]).tolist()
    return found


def _ranking(tokenizer: Any, model: Any, value: Any) -> list[float]:
    pairs = tokenizer([value["query"]] * len(value["texts"]), value["texts"], padding=True, return_tensors="pt")
    scores: list[float] = model(**pairs).logits[:, 0].sigmoid().tolist()
    return scores


def _vector(tokenizer: Any, model: Any, value: Any) -> Any:
    return model(**tokenizer(value, return_tensors="pt")).last_hidden_state.mean(1).tolist()


def _written(prefix: str) -> Callable[[Any, Any, Any], str]:
    def ask(tokenizer: Any, model: Any, value: Any) -> str:
        tokens = model.generate(**tokenizer(prefix + value, return_tensors="pt"))
        return str(tokenizer.decode(tokens[0], skip_special_tokens=True))

    return ask


PLAIN: dict[str, Callable[[str], Answering]] = {
    "text-classification": _pipeline("text-classification"),
    "token-classification": _pipeline("token-classification", aggregation_strategy="simple"),
    "zero-shot-classification": _zero_shot,
    "fill-mask": _pipeline("fill-mask"),
    "feature-extraction": _direct("AutoModel", _vector),
    "sentence-similarity": _direct("AutoModel", _similarities),
    "rerank": _direct("AutoModelForSequenceClassification", _ranking),
    "question-answering": _direct("AutoModelForQuestionAnswering", _span),
    "table-question-answering": _tables,
    "translation": _direct("AutoModelForSeq2SeqLM", _written("translate English to German: ")),
    "summarization": _direct("AutoModelForSeq2SeqLM", _written("summarize: ")),
}

if __name__ == "__main__":
    main()
