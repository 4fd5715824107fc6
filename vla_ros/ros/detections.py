"""Detections, targets and looks as messages, both ways; masks don't travel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from geometry_msgs.msg import Vector3
from sensor_msgs.msg import PointCloud2, PointField
from vision_msgs.msg import (
    BoundingBox2D,
    BoundingBox3D,
    Detection2D,
    Detection2DArray,
    Detection3D,
    Detection3DArray,
    ObjectHypothesis,
    ObjectHypothesisWithPose,
    Point2D,
    Pose2D,
)
from vla_ros_interfaces.msg import Grounding as GroundingMsg
from vla_ros_interfaces.msg import ObjectTruth as ObjectTruthMsg
from vla_ros_interfaces.msg import SceneTruth
from vla_ros_interfaces.msg import Target as TargetMsg

from vla_ros.errors import MessageError
from vla_ros.ros.images import byte_array
from vla_ros.ros.poses import pose_from_msg, pose_msg
from vla_ros.ros.stamps import header, stamp_ns
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import Detection, Grounding, Look, Target

MAX_POINTS = 4096
"""A target's surface is thinned to this many points before it travels."""


def detections_msg(
    detections: Iterable[Detection], frame_id: str, nanoseconds: int
) -> Detection2DArray:
    """Return boxes in one picture as a message."""
    stamped = header(frame_id, nanoseconds)
    return Detection2DArray(
        header=stamped,
        detections=[
            _detection_2d(d.phrase, d.score, d.box_px, frame_id, nanoseconds) for d in detections
        ],
    )


def detections_from_msg(msg: Detection2DArray) -> list[Detection]:
    """Return the boxes of a message.

    Raises:
        MessageError: A detection has no hypothesis or a number isn't finite.
    """
    return [
        Detection(phrase=_phrase(d), box_px=_box_px(d.bbox), score=_score(d))
        for d in msg.detections
    ]


def targets_msg(targets: Iterable[Target], base_frame: str, nanoseconds: int) -> Detection3DArray:
    """Return targets as oriented boxes in the base frame, as RViz shows them."""
    return Detection3DArray(
        header=header(base_frame, nanoseconds),
        detections=[_detection_3d(target, base_frame) for target in targets],
    )


def target_msg(target: Target, base_frame: str, camera_frame: str) -> TargetMsg:
    """Return a target with all that the skills need of it; its mask stays behind."""
    points_m = np.zeros((0, 3)) if target.points_m is None else target.points_m
    return TargetMsg(
        phrase=target.phrase,
        camera=target.camera,
        box=_detection_2d(
            target.phrase, target.score, target.box_px, camera_frame, target.stamp_ns
        ),
        bounding_box=_detection_3d(target, base_frame),
        points=_point_cloud(points_m, base_frame, target.stamp_ns),
    )


def target_from_msg(msg: TargetMsg) -> Target:
    """Return the target that a message tells of.

    Raises:
        MessageError: It has no hypothesis, a number isn't finite, or its cloud is malformed.
    """
    points_m = _points_m(msg.points)
    return Target(
        phrase=msg.phrase,
        box_px=_box_px(msg.box.bbox),
        T_base_object=pose_from_msg(msg.bounding_box.bbox.center),
        extent_m=_extent_m(msg.bounding_box.bbox.size),
        score=_score(msg.bounding_box),
        points_m=points_m if len(points_m) else None,
        camera=msg.camera,
        stamp_ns=stamp_ns(msg.bounding_box.header.stamp),
    )


def groundings_msg(
    look: Look, phrases: Sequence[str], base_frame: str, camera_frame: str
) -> list[GroundingMsg]:
    """Return a look's answers as messages, in the order in which the phrases were asked."""
    return [
        GroundingMsg(
            phrase=phrase,
            targets=[
                target_msg(target, base_frame, camera_frame)
                for target in look.groundings[phrase].targets
            ],
            reason=look.groundings[phrase].reason,
        )
        for phrase in phrases
    ]


def look_from_msgs(
    groundings: Iterable[GroundingMsg], obstacles: Iterable[TargetMsg], nanoseconds: int
) -> Look:
    """Return the look that a Ground response tells of.

    Raises:
        MessageError: As in target_from_msg.
    """
    answers = {
        msg.phrase: Grounding(
            msg.phrase, tuple(target_from_msg(target) for target in msg.targets), msg.reason
        )
        for msg in groundings
    }
    return Look(answers, tuple(target_from_msg(target) for target in obstacles), nanoseconds)


def scene_truth_msg(
    objects: Iterable[ObjectTruth],
    held: Iterable[str],
    seed: int,
    base_frame: str,
    nanoseconds: int,
) -> SceneTruth:
    """Return the ground truth of a scene, and which objects are held, as a message."""
    return SceneTruth(
        header=header(base_frame, nanoseconds),
        seed=seed,
        held=list(held),
        objects=[
            ObjectTruthMsg(
                name=truth.name,
                kind=truth.kind,
                color=truth.color,
                phrases=list(truth.phrases),
                box=_box_3d(truth.T_base_object, truth.extent_m),
                opening=np.nan if truth.opening is None else truth.opening,
            )
            for truth in objects
        ],
    )


def scene_truth_from_msg(msg: SceneTruth) -> dict[str, ObjectTruth]:
    """Return the objects of a ground-truth message by name.

    Raises:
        MessageError: A number isn't finite.
    """
    return {
        item.name: ObjectTruth(
            name=item.name,
            kind=item.kind,
            color=item.color,
            phrases=tuple(item.phrases),
            T_base_object=pose_from_msg(item.box.center),
            extent_m=_extent_m(item.box.size),
            opening=None if np.isnan(item.opening) else float(item.opening),
        )
        for item in msg.objects
    }


def _hypothesis(phrase: str, score: float) -> ObjectHypothesisWithPose:
    return ObjectHypothesisWithPose(
        hypothesis=ObjectHypothesis(class_id=phrase, score=float(score))
    )


def _detection_2d(
    phrase: str, score: float, box_px: np.ndarray, frame_id: str, nanoseconds: int
) -> Detection2D:
    x0, y0, x1, y1 = (float(v) for v in box_px)
    center = Pose2D(position=Point2D(x=(x0 + x1) / 2.0, y=(y0 + y1) / 2.0))
    return Detection2D(
        header=header(frame_id, nanoseconds),
        results=[_hypothesis(phrase, score)],
        bbox=BoundingBox2D(center=center, size_x=x1 - x0, size_y=y1 - y0),
        id=phrase,
    )


def _detection_3d(target: Target, base_frame: str) -> Detection3D:
    hypothesis = _hypothesis(target.phrase, target.score)
    hypothesis.pose.pose = pose_msg(target.T_base_object)
    return Detection3D(
        header=header(base_frame, target.stamp_ns),
        results=[hypothesis],
        bbox=_box_3d(target.T_base_object, target.extent_m),
        id=target.phrase,
    )


def _box_3d(T_base_object: np.ndarray, extent_m: np.ndarray) -> BoundingBox3D:
    x, y, z = (float(v) for v in extent_m)
    return BoundingBox3D(center=pose_msg(T_base_object), size=Vector3(x=x, y=y, z=z))


def _phrase(msg: Detection2D | Detection3D) -> str:
    if not msg.results:
        raise MessageError(f"detection '{msg.id}' has no hypothesis")
    return str(msg.results[0].hypothesis.class_id)


def _score(msg: Detection2D | Detection3D) -> float:
    _phrase(msg)
    score = float(msg.results[0].hypothesis.score)
    if not np.isfinite(score):
        raise MessageError(f"detection '{msg.id}' has score {score}")
    return score


def _box_px(msg: BoundingBox2D) -> np.ndarray:
    x, y = msg.center.position.x, msg.center.position.y
    half = np.array([msg.size_x, msg.size_y]) / 2.0
    box_px = np.array([x - half[0], y - half[1], x + half[0], y + half[1]])
    if not np.isfinite(box_px).all():
        raise MessageError(f"detection box {box_px.tolist()} is not finite")
    return box_px


def _extent_m(msg: Vector3) -> np.ndarray:
    extent_m = np.array([msg.x, msg.y, msg.z])
    if not (np.isfinite(extent_m).all() and (extent_m >= 0.0).all()):
        raise MessageError(f"box sides {extent_m.tolist()} m must be finite and not negative")
    return extent_m


def _point_cloud(points_m: np.ndarray, frame_id: str, nanoseconds: int) -> PointCloud2:
    stride = max(1, -(-len(points_m) // MAX_POINTS))
    thinned = np.ascontiguousarray(points_m[::stride], dtype="<f4")
    msg = PointCloud2(
        header=header(frame_id, nanoseconds),
        height=1,
        width=len(thinned),
        fields=[
            PointField(name=axis, offset=4 * i, datatype=PointField.FLOAT32, count=1)
            for i, axis in enumerate("xyz")
        ],
        is_bigendian=False,
        point_step=12,
        row_step=12 * len(thinned),
        is_dense=True,
    )
    msg.data = byte_array(thinned)
    return msg


def _points_m(msg: PointCloud2) -> np.ndarray:
    if msg.width * msg.height == 0:
        return np.zeros((0, 3))
    if msg.is_bigendian or msg.point_step != 12 or len(msg.data) != 12 * msg.width * msg.height:
        raise MessageError(
            f"point cloud of {msg.width}x{msg.height} points has {len(msg.data)} bytes of "
            f"{msg.point_step} each; x y z float32 are expected"
        )
    return np.frombuffer(memoryview(msg.data), "<f4").reshape(-1, 3).astype(float)
