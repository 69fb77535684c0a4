"""Tiny models with random weights and real tokenizers, each made in a second and without a network."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.tiny_models.answerers import answerer, byte_answerer, undecided
from tests.tiny_models.base import SENTENCES
from tests.tiny_models.bert import bert, encoder
from tests.tiny_models.chat import chat
from tests.tiny_models.decoders import gpt2, llama
from tests.tiny_models.encoder_decoders import bart, t5
from tests.tiny_models.inference import bart_nli, bert_nli, bert_nli_reversed
from tests.tiny_models.masked import bert_mlm, phobert_mlm, roberta_mlm
from tests.tiny_models.rerankers import cross_encoder, pair_classifier
from tests.tiny_models.tables import tapas, tapas_plain
from tests.tiny_models.taggers import byte_tagger, metaspace_tagger, tagger
from tests.tiny_models.translators import m2m100, marian, mbart, nllb, t5_tasks

MAKERS: Mapping[str, Callable[[Path], Path]] = {
    "bert": bert,
    "encoder": encoder,
    "gpt2": gpt2,
    "llama": llama,
    "chat": chat,
    "t5": t5,
    "bart": bart,
    "answerer": answerer,
    "byte-answerer": byte_answerer,
    "undecided-answerer": undecided,
    "bert-nli": bert_nli,
    "bert-nli-reversed": bert_nli_reversed,
    "bart-nli": bart_nli,
    "bert-mlm": bert_mlm,
    "roberta-mlm": roberta_mlm,
    "phobert-mlm": phobert_mlm,
    "cross-encoder": cross_encoder,
    "pair-classifier": pair_classifier,
    "tagger": tagger,
    "byte_tagger": byte_tagger,
    "metaspace_tagger": metaspace_tagger,
    "tapas": tapas,
    "tapas-plain": tapas_plain,
    "t5-tasks": t5_tasks,
    "nllb": nllb,
    "mbart": mbart,
    "m2m100": m2m100,
    "marian": marian,
}


class Folders(dict[str, Path]):
    """Every tiny model by name, made when it is first asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, name: str) -> Path:
        self[name] = MAKERS[name](self._root / name)
        return self[name]


__all__ = ["MAKERS", "SENTENCES", "Folders", "bert", "encoder"]
