"""For each task that `huggingface_hub` knows, calls of its client and what they stand for."""

from collections.abc import Callable
from typing import Any, NamedTuple

A, B = "the cat sleeps on the sofa", "中文 اليوم 👩‍👩‍👧 é"
LONG = "a good day in the city. " * 3
ASKED = {"question": "who sleeps?", "context": LONG + A}
TABLE = {"City": ["Berlin", "Paris", "Rome"], "People": ["3700000", "2100000", "2800000"]}
LABELS = ["a good day", "cats"]
WRITE = {"max_new_tokens": 6}


class Case(NamedTuple):
    """One call of a client, and the input and parameters that it stands for."""

    task: str
    folder: str
    call: Callable[[Any], Any]
    input: Any
    params: dict[str, Any] = {}
    told: Callable[[Any], Any] = lambda answer: answer
    """What the client makes of the model's answer."""


CASES = [
    Case("text-classification", "bert", lambda ask: ask.text_classification(A), A),
    Case(
        "text-classification",
        "bert",
        lambda ask: ask.text_classification(B, top_k=2, function_to_apply="sigmoid"),
        B,
        {"top_k": 2, "function_to_apply": "sigmoid"},
    ),
    Case("token-classification", "tagger", lambda ask: ask.token_classification(A), A),
    Case(
        "token-classification",
        "tagger",
        lambda ask: ask.token_classification(LONG * 9, aggregation_strategy="max", ignore_labels=["PER"], stride=5),
        LONG * 9,
        {"aggregation_strategy": "max", "ignore_labels": ["PER"], "stride": 5},
    ),
    Case(
        "zero-shot-classification",
        "bert-nli",
        lambda ask: ask.zero_shot_classification(A, LABELS),
        A,
        {"candidate_labels": LABELS},
    ),
    Case(
        "zero-shot-classification",
        "bert-nli",
        lambda ask: ask.zero_shot_classification(B, LABELS, multi_label=True, hypothesis_template="so {}"),
        B,
        {"candidate_labels": LABELS, "multi_label": True, "hypothesis_template": "so {}"},
    ),
    Case("fill-mask", "bert-mlm", lambda ask: ask.fill_mask("a [MASK] day"), "a [MASK] day"),
    Case(
        "fill-mask",
        "bert-mlm",
        lambda ask: ask.fill_mask("a [MASK] day", targets=["good", "the"], top_k=2),
        "a [MASK] day",
        {"targets": ["good", "the"], "top_k": 2},
    ),
    Case("question-answering", "answerer", lambda ask: ask.question_answering(**ASKED), ASKED),
    Case(
        "question-answering",
        "answerer",
        lambda ask: ask.question_answering(
            **ASKED, top_k=3, doc_stride=4, max_seq_len=32, max_answer_len=5, handle_impossible_answer=True
        ),
        ASKED,
        {"top_k": 3, "doc_stride": 4, "max_seq_len": 32, "max_answer_len": 5, "handle_impossible_answer": True},
    ),
    Case(
        "table-question-answering",
        "tapas",
        lambda ask: ask.table_question_answering(TABLE, "how many people"),
        {"query": "how many people", "table": TABLE},
    ),
    Case(
        "table-question-answering",
        "tapas",
        lambda ask: ask.table_question_answering(
            TABLE, "the sum", padding="longest", sequential=False, truncation=True
        ),
        {"query": "the sum", "table": TABLE},
        {"truncation": True},
    ),
    Case(
        "sentence-similarity",
        "encoder",
        lambda ask: ask.sentence_similarity(A, [B, LONG, A]),
        {"source_sentence": A, "sentences": [B, LONG, A]},
    ),
    Case("feature-extraction", "encoder", lambda ask: ask.feature_extraction(A), A),
    Case(
        "feature-extraction",
        "encoder",
        lambda ask: ask.feature_extraction(
            LONG * 9, normalize=True, truncate=True, truncation_direction="left", dimensions=5, encoding_format="float"
        ),
        LONG * 9,
        {"normalize": True, "truncate": True, "truncation_direction": "left", "dimensions": 5},
    ),
    Case(
        "translation",
        "nllb",
        lambda ask: ask.translation(A, src_lang="deu_Latn", tgt_lang="fra_Latn", generate_parameters=WRITE),
        A,
        {"src_lang": "deu_Latn", "tgt_lang": "fra_Latn", **WRITE},
        lambda answer: {"translation_text": answer},
    ),
    Case(
        "summarization",
        "t5-tasks",
        lambda ask: ask.summarization(LONG),
        LONG,
        told=lambda answer: {"summary_text": answer},
    ),
    Case(
        "summarization",
        "t5-tasks",
        lambda ask: ask.summarization(
            LONG * 9, clean_up_tokenization_spaces=True, truncation="longest_first", generate_parameters=WRITE
        ),
        LONG * 9,
        {"clean_up_tokenization_spaces": True, "truncation": "longest_first", **WRITE},
        lambda answer: {"summary_text": answer},
    ),
    Case("text-generation", "gpt2", lambda ask: ask.text_generation(A, max_new_tokens=6), A, WRITE),
    Case(
        "text-generation",
        "gpt2",
        lambda ask: ask.text_generation(
            B, max_new_tokens=6, do_sample=True, seed=3, temperature=0.7, top_p=0.9, return_full_text=False, stop=["zz"]
        ),
        B,
        {"do_sample": True, "seed": 3, "temperature": 0.7, "top_p": 0.9, "return_full_text": False, **WRITE},
    ),
    Case("text2text-generation", "t5", lambda ask: ask.text_generation(A, max_new_tokens=6), A, WRITE),
]
