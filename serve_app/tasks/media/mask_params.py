"""What a caller may say about the masks that a model makes of points; the defaults are those of the original."""

from pydantic import Field

from serve_app.tasks.base import Params


class MaskParams(Params):
    """Where the model is asked to look, and which of its masks are good enough."""

    points_per_batch: int = Field(64, ge=1, le=1024, description="Points of one image in one step")
    points_per_crop: int = Field(32, ge=1, le=64, description="Points on each side of the grid over an image")
    crops_n_layers: int = Field(0, ge=0, le=2, description="How often the image is also cut into smaller crops")
    crop_overlap_ratio: float = Field(512 / 1500, ge=0, lt=1, description="Which share of a side the crops overlap")
    crop_n_points_downscale_factor: int = Field(
        1, ge=1, le=64, description="So many times fewer points on each side with every further cut"
    )
    pred_iou_thresh: float = Field(0.88, ge=0, le=1, description="Only masks that the model gives a higher score")
    stability_score_thresh: float = Field(
        0.95, ge=0, le=1, description="Only masks of which a larger share stays when mask_threshold moves"
    )
    stability_score_offset: float = Field(1, ge=0, le=100, description="By how much mask_threshold moves for that")
    mask_threshold: float = Field(0, ge=-100, le=100, description="Above which value a pixel belongs to a mask")
    crops_nms_thresh: float = Field(
        0.7, ge=0, le=1, description="Of masks whose boxes share more than this, only the best one stays"
    )
