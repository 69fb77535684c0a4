"""The tasks on text."""

from typing import Any

from tests.matrix.base import Line, Way, in_word, line

SOFA, NEAR, FAR = "The cat sleeps on the sofa.", "The kitty rests on the couch.", "The lawyer sells the boat in winter."
PERSON = "My name is Sarah and I work for Microsoft in New York."
PEOPLE = {"question": "Where does Anna live?", "context": "Anna lives in Berlin. She works as a nurse."}
TABLE = {"Name": ["Anna", "Clara", "Leo"], "Job": ["nurse", "pilot", "cook"], "Age": ["34", "51", "27"]}
JOB = "What is the job of Clara?"
REPORT = "The sun was shining. A fire broke out at the library on Monday. Nobody was hurt. The museum is very old."
TOPICS = {"candidate_labels": ["cooking", "sports", "music"]}
SENTENCES = {"source_sentence": SOFA, "sentences": [FAR, NEAR]}
GERMAN = {"src_lang": "en", "tgt_lang": "de"}
BIKE = {
    "query": "How do I repair my bike?",
    "texts": ["To sell a car, take your time.", "To fix a bicycle, make a plan."],
}

LINES: list[Line] = [
    line(
        "text-classification", "bert-sentiment", "bert", "I love this movie!",
        right=lambda told: told[0]["label"] == "POSITIVE",
    ),
    line(
        "text-classification", "bert-sentiment", "bert", "What a terrible film.", {"top_k": 1},
        right=lambda told: [each["label"] for each in told] == ["NEGATIVE"],
        javascript=Way(
            "request", {"inputs": "What a terrible film.", "parameters": {"top_k": 1}}, lambda told: [told]
        ),
    ),
    line(
        "token-classification", "bert-ner", "tagger", PERSON,
        right=lambda told: [(each["entity_group"], each["word"], each["start"], each["end"]) for each in told]
        == [("PER", "Sarah", 11, 16), ("ORG", "Microsoft", 32, 41), ("LOC", "New York", 45, 53)],
    ),
    line(
        "zero-shot-classification", "bert-nli", "bert-nli", "The team won the match.", TOPICS,
        right=lambda told: told[0]["label"] == "sports",
    ),
    line(
        "fill-mask", "bert-mlm", "bert-mlm", "The capital of France is [MASK].",
        right=lambda told: told[0]["sequence"] == "the capital of france is paris.",
    ),
    line(
        "question-answering", "bert-qa", "answerer", PEOPLE,
        python=Way("question_answering", PEOPLE),
        right=lambda told: (told["answer"], told["start"], told["end"]) == ("Berlin", 14, 20),
    ),
    line(
        "table-question-answering", "tapas", "tapas", {"query": JOB, "table": TABLE},
        python=Way("table_question_answering", {"query": JOB, "table": TABLE}),
        right=lambda told: (told["answer"], told["coordinates"], told["cells"]) == ("pilot", [[1, 1]], ["pilot"]),
    ),
    line(
        "sentence-similarity", "bert-embed", "encoder", SENTENCES,
        python=Way("sentence_similarity", {"sentence": SOFA, "other_sentences": [FAR, NEAR]}),
        right=lambda told: told[1] > 0.5 > 0.2 > told[0],
    ),
    line(
        "feature-extraction", "bert-embed", "encoder", [SOFA, FAR, NEAR], {"normalize": True},
        javascript=Way("featureExtraction", {"inputs": [SOFA, FAR, NEAR], "normalize": True}),
        right=lambda told: _alike(told[0], told[2]) > 0.5 > 0.2 > _alike(told[0], told[1]),
    ),
    Line(
        "rerank", "bert-rerank", "cross-encoder", BIKE,
        right=lambda told: [each["index"] for each in told] == [1, 0] and told[0]["score"] > 0.5 > told[1]["score"],
    ),
    line(
        "translation", "t5", "t5-tasks", "The house is small.", GERMAN, told=in_word("translation_text"),
        right=lambda told: told == "Das Haus ist klein.",
    ),
    line(
        "summarization", "t5-summary", "t5-tasks", REPORT, told=in_word("summary_text"),
        right=lambda told: told == "Fire at the library on Monday.",
    ),
]  # fmt: skip


def _alike(one: Any, other: Any) -> float:
    return float(sum(a * b for a, b in zip(one, other, strict=True)))
