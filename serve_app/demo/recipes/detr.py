"""DETR that frames things in pictures at random."""

from typing import Any

import torch
from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig
from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil

from serve_app.demo.languages import shapes
from serve_app.demo.recipes.untrained import Untrained

_BACKBONE = ResNetConfig(
    embedding_size=16, hidden_sizes=[16, 32, 32, 64], depths=[1, 1, 1, 1], layer_type="basic", out_features=["stage4"]
)


class Detr(Untrained):
    task = "object-detection"
    about = "Frames coloured shapes in pictures; its weights are random, and so are its boxes."

    def tokenizer(self) -> Any:
        return DetrImageProcessorPil(size={"shortest_edge": shapes.SIDE, "longest_edge": 2 * shapes.SIDE})

    def model(self, tokenizer: Any) -> Any:
        config = DetrConfig(
            use_timm_backbone=False,
            use_pretrained_backbone=False,
            backbone=None,
            backbone_config=_BACKBONE,
            d_model=64,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=128,
            decoder_ffn_dim=128,
            num_queries=10,
            init_xavier_std=2.0,
            init_std=0.3,
            id2label=dict(enumerate(shapes.LABELS)),
            label2id={label: id for id, label in enumerate(shapes.LABELS)},
        )
        model = DetrForObjectDetection(config)
        with torch.no_grad():
            # Queries that differ from each other, and the last label, which means nothing at all, seldom the likeliest.
            for weight in model.parameters():
                if weight.ndim == 2:
                    weight.normal_(0, 0.2)
            model.model.query_position_embeddings.weight.normal_(0, 3)
            model.class_labels_classifier.weight.normal_(0, 0.9)
            model.class_labels_classifier.bias[-1] = -4
        return model


RECIPE = Detr()
