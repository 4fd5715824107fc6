"""A grounding node whose model is the simulator's truth: all but the model is the real one."""

import numpy as np
from vla_ros_interfaces.msg import SceneTruth

from vla_ros.errors import ModelError
from vla_ros.geometry import inverse, project, transform_points
from vla_ros.nodes.grounding_node import GroundingNode
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.running import run_node
from vla_ros.ros.tf import TransformListener
from vla_ros.types import CameraFrame, Detection

CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


class TruthGrounder:
    """A Grounder that projects true boxes into the picture."""

    def __init__(self, node, base_frame):
        self._base = base_frame
        self._tf = TransformListener(node)
        self._objects = {}
        node.create_subscription(SceneTruth, "ground_truth/scene", self._take, qos.STATUS)

    def _take(self, msg):
        self._objects = scene_truth_from_msg(msg)

    def ground(self, frame: CameraFrame, phrases):
        if not self._objects:
            raise ModelError("no ground truth has come")
        T_base_camera = self._tf.buffer.lookup(self._base, frame.frame_id, frame.stamp_ns, 1.0)
        found = []
        for thing in self._objects.values():
            corners = transform_points(thing.T_base_object, CORNERS * thing.extent_m)
            uv = project(transform_points(inverse(T_base_camera), corners), frame.k_px)
            high = np.array(frame.rgb.shape[1::-1])
            low, up = np.clip(uv.min(axis=0), 0, high), np.clip(uv.max(axis=0), 0, high)
            box = np.concatenate([low, up])
            names = {*thing.phrases, thing.kind}
            found += [Detection(phrase, box, 0.99) for phrase in phrases if phrase in names]
        return found


class TruthGroundingNode(GroundingNode):
    def load_grounder(self):
        return TruthGrounder(self, self._robot.base_frame)


if __name__ == "__main__":
    raise SystemExit(run_node(TruthGroundingNode, threads=5))
