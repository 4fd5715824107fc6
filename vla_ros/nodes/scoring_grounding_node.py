"""The grounding node with ground truth or chance in the model's place: it proves the scoring.

Only evaluation starts it. The parameter `grounder_model` is "oracle" or "random"; all else is the
real node.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from vla_ros_interfaces.msg import SceneTruth

from vla_ros.errors import ConfigError
from vla_ros.nodes.grounding_node import GroundingNode
from vla_ros.params import GroundingParams, RobotParams
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.perception.truth_history import TruthHistory
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.patience import Patience
from vla_ros.ros.running import run_node
from vla_ros.ros.stamps import stamp_ns
from vla_ros.ros.tf import TransformListener
from vla_ros.types import CameraFrame, Detection

_TF_TIMEOUT_S = 1.0
_TRUTH_TIMEOUT_S = 1.0


class TruthGrounder:
    """The oracle, fed from the simulator's ground truth topic and tf."""

    def __init__(self, node: ScoringGroundingNode, base_frame: str) -> None:
        """Listen to the truth."""
        self._node, self._base_frame = node, base_frame
        self._transforms = TransformListener(node)
        self._history = TruthHistory()
        group = MutuallyExclusiveCallbackGroup()
        node.create_subscription(
            SceneTruth, "ground_truth/scene", self._on_truth, qos.STATUS, callback_group=group
        )

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return what the phrases name by ground truth.

        Raises:
            ModelError: No ground truth has come that isn't older than the picture.
            TransformError: Where the camera was is not known.
        """
        patience = Patience(self._node, _TRUTH_TIMEOUT_S)
        truth = self._history.at(frame.stamp_ns, patience.over)
        T_base_camera: np.ndarray = self._transforms.buffer.lookup(
            self._base_frame, frame.frame_id, frame.stamp_ns, _TF_TIMEOUT_S
        )
        return OracleGrounder(lambda: truth, lambda: T_base_camera).ground(frame, phrases)

    def _on_truth(self, msg: SceneTruth) -> None:
        self._history.add(stamp_ns(msg.header.stamp), scene_truth_from_msg(msg))


class ScoringGroundingNode(GroundingNode):
    """Answers from the truth, or at random."""

    def load_grounder(self) -> Grounder:
        """Return the oracle or the guesser."""
        model = self._settings.get(GroundingParams).grounder_model
        if model == "oracle":
            return TruthGrounder(self, self._settings.get(RobotParams).base_frame)
        if model == "random":
            return RandomGrounder(seed=0)
        raise ConfigError(f"grounder_model '{model}' is neither 'oracle' nor 'random'")


def main() -> None:
    """Run the node."""
    sys.exit(run_node(ScoringGroundingNode, threads=5))


if __name__ == "__main__":
    main()
