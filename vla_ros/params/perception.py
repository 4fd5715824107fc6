"""From boxes and depth to targets."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class PerceptionParams(CheckedParams):
    """How pictures become things in the world."""

    camera: str = param("camera that looks at the table", default="front", live=False)
    score_threshold: float = param(
        "detections below this probability are dropped", low=0.0, high=1.0, default=0.5
    )
    score_lead: float = param(
        "things this much less probable than the best that a phrase may mean are not meant",
        low=0.0,
        high=1.0,
        default=0.4,
    )
    overlap_threshold: float = param(
        "boxes of one phrase that overlap more (intersection over union) are one thing",
        low=0.0,
        high=1.0,
        default=0.5,
    )
    max_box_share: float = param(
        "a box that covers more of the picture than this is no thing on the table",
        low=0.01,
        high=1.0,
        default=0.5,
    )
    depth_min_m: float = param(
        "nearer depth is taken as missing", unit="m", low=0.0, high=5.0, default=0.1
    )
    depth_max_m: float = param(
        "farther depth is taken as missing", unit="m", low=0.1, high=20.0, default=3.0
    )
    min_depth_share: float = param(
        "a picture with a smaller share of measured depth is refused",
        low=0.0,
        high=1.0,
        default=0.1,
    )
    min_points: int = param("fewest depth pixels that make a thing", low=4, high=5000, default=12)
    table_height_m: float = param(
        "height of the table's surface in the base frame",
        unit="m",
        low=-2.0,
        high=2.0,
        default=0.0,
    )
    table_tolerance_m: float = param(
        "how far the surface found in the depth may differ from table_height_m; 0 trusts the "
        "parameter and does not look",
        unit="m",
        low=0.0,
        high=0.1,
        default=0.02,
    )
    min_table_share: float = param(
        "a picture of which a smaller share shows the table where the camera's pose says is "
        "refused: the camera was turned or moved; 0 does not look",
        low=0.0,
        high=1.0,
        default=0.05,
    )
    min_height_m: float = param(
        "what rises less above the table is part of the table",
        unit="m",
        low=0.001,
        high=0.05,
        default=0.005,
    )
    max_height_m: float = param(
        "what reaches higher above the table is no object but the robot or a person",
        unit="m",
        low=0.05,
        high=2.0,
        default=0.45,
    )
    gap_px: float = param(
        "a jump in depth of more pixel sides than this parts two things",
        unit="px",
        low=1.0,
        high=20.0,
        default=3.0,
    )
    gap_m: float = param(
        "a smaller jump in depth never parts two things",
        unit="m",
        low=0.001,
        high=0.05,
        default=0.006,
    )
    view_area_m: tuple[float, ...] = param(
        "part of the table that is looked at: x min, y min, x max, y max in the base frame",
        unit="m",
        low=-5.0,
        high=5.0,
        default=(0.15, -0.65, 1.0, 0.65),
    )
    view_margin_m: float = param(
        "how far outside of it a thing's centre may still lie",
        unit="m",
        low=0.0,
        high=1.0,
        default=0.05,
    )
    viewer_yaw_rad: float = param(
        "where the person whose left and right count is looking, about the base's z axis; the "
        "same as the robot's viewer_yaw_rad",
        unit="rad",
        low=-3.1416,
        high=3.1416,
        default=3.1415,
    )
    relation_margin_m: float = param(
        "how clearly a relation must hold: nearer to the borderline it stays ambiguous",
        unit="m",
        low=0.0,
        high=0.2,
        default=0.01,
    )
    next_to_m: float = param(
        "largest free space between two things that are next to each other",
        unit="m",
        low=0.01,
        high=0.5,
        default=0.08,
    )
    hand_radius_m: float = param(
        "radius about the gripper within which points belong to the robot",
        unit="m",
        low=0.01,
        high=0.3,
        default=0.07,
    )
    hand_length_m: float = param(
        "how far behind the fingertips the gripper reaches",
        unit="m",
        low=0.05,
        high=0.6,
        default=0.25,
    )
    arm_radius_m: float = param(
        "radius about the line from the hand to the base within which points belong to the robot",
        unit="m",
        low=0.02,
        high=0.4,
        default=0.12,
    )
