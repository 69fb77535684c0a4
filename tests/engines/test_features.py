"""What prompts show beside their tokens, put together as models count it."""

import numpy as np

from serve_app.replica.engines.torch_features import joined


def test_images_follow_each_other_and_what_belongs_to_tokens_is_padded_on_the_left() -> None:
    first = {"pixel_values": np.full((2, 3, 4, 4), 1.0), "token_type_ids": np.asarray([[1, 0, 2]])}
    second = {"pixel_values": np.full((1, 3, 4, 4), 2.0), "token_type_ids": np.asarray([[5, 6, 7, 8, 9]])}
    both = joined([(3, first), (5, second)])
    assert both["token_type_ids"].tolist() == [[0, 0, 1, 0, 2], [5, 6, 7, 8, 9]]
    assert both["pixel_values"][:, 0, 0, 0].tolist() == [1.0, 1.0, 2.0]
    assert joined([(3, {}), (5, {})]) == {}


def test_masks_over_tokens_keep_their_other_axes() -> None:
    mask = {"cross_attention_mask": np.ones((1, 2, 1, 4))}
    longer = {"cross_attention_mask": np.full((1, 4, 1, 4), 2.0)}
    told = joined([(2, mask), (4, longer)])["cross_attention_mask"]
    assert told.shape == (2, 4, 1, 4)
    assert told[0, :, 0, 0].tolist() == [0, 0, 1, 1]
