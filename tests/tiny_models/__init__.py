"""Tiny models with random weights and real tokenizers, each made in a second and without a network."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.tiny_models.answerers import answerer, byte_answerer, undecided
from tests.tiny_models.base import SENTENCES
from tests.tiny_models.bert import bert, encoder
from tests.tiny_models.captioners import blip, git, vit_gpt2
from tests.tiny_models.chat import chat
from tests.tiny_models.decoders import gpt2, llama
from tests.tiny_models.depths import depth_anything, dpt, glpn
from tests.tiny_models.detectors import conditional_detr, deformable_detr, detr, rt_detr, yolos
from tests.tiny_models.documents import donut, layoutlm
from tests.tiny_models.encoder_decoders import bart, t5
from tests.tiny_models.finders import grounding_dino, owlv2, owlvit
from tests.tiny_models.hearing import ast, wav2vec2, wav2vec2_ctc, wav2vec2_ctc_group, wav2vec2_group
from tests.tiny_models.inference import bart_nli, bert_nli, bert_nli_reversed
from tests.tiny_models.mask_makers import sam
from tests.tiny_models.masked import bert_mlm, phobert_mlm, roberta_mlm
from tests.tiny_models.matchers import clip, siglip
from tests.tiny_models.painters import painter
from tests.tiny_models.picture_answerers import blip_vqa, vilt
from tests.tiny_models.rerankers import cross_encoder, pair_classifier
from tests.tiny_models.seeing import idefics3, llava, paligemma
from tests.tiny_models.segmenters import detr_panoptic, mask2former, maskformer, segformer
from tests.tiny_models.sound_matchers import clap, clap_fused
from tests.tiny_models.speakers import vits, vits_voices
from tests.tiny_models.tables import tapas, tapas_plain
from tests.tiny_models.taggers import byte_tagger, metaspace_tagger, tagger
from tests.tiny_models.translators import m2m100, marian, mbart, nllb, t5_tasks
from tests.tiny_models.vision import convnext, vit, vit_bare
from tests.tiny_models.whisper import speech_to_text, whisper

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
    "vit": vit,
    "llava": llava,
    "paligemma": paligemma,
    "idefics3": idefics3,
    "painter": painter,
    "wav2vec2": wav2vec2,
    "vits": vits,
    "vits-voices": vits_voices,
    "whisper": whisper,
    "speech-to-text": speech_to_text,
    "clap": clap,
    "clap-fused": clap_fused,
    "wav2vec2-group": wav2vec2_group,
    "ast": ast,
    "wav2vec2-ctc": wav2vec2_ctc,
    "wav2vec2-ctc-group": wav2vec2_ctc_group,
    "vit-bare": vit_bare,
    "convnext": convnext,
    "clip": clip,
    "siglip": siglip,
    "owlvit": owlvit,
    "owlv2": owlv2,
    "grounding-dino": grounding_dino,
    "vit-gpt2": vit_gpt2,
    "blip": blip,
    "git": git,
    "vilt": vilt,
    "blip-vqa": blip_vqa,
    "layoutlm": layoutlm,
    "donut": donut,
    "detr": detr,
    "conditional-detr": conditional_detr,
    "deformable-detr": deformable_detr,
    "rt-detr": rt_detr,
    "yolos": yolos,
    "sam": sam,
    "dpt": dpt,
    "depth-anything": depth_anything,
    "glpn": glpn,
    "segformer": segformer,
    "detr-panoptic": detr_panoptic,
    "maskformer": maskformer,
    "mask2former": mask2former,
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
