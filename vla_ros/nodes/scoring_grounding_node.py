"""The grounding node with ground truth or chance in the model's place: it proves the scoring.

Only evaluation starts it. The parameter `grounder_model` is "oracle" or "random"; all else is the
real node.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import numpy as np
from vla_ros_interfaces.msg import SceneTruth

from vla_ros.errors import ConfigError, ModelError
from vla_ros.nodes.grounding_node import GroundingNode
from vla_ros.params import GroundingParams, RobotParams
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.oracle import OracleGrounder, RandomGrounder
from vla_ros.ros import qos
from vla_ros.ros.detections import scene_truth_from_msg
from vla_ros.ros.running import run_node
from vla_ros.ros.tf import TransformListener
from vla_ros.sim.environment import ObjectTruth
from vla_ros.types import CameraFrame, Detection

_TF_TIMEOUT_S = 1.0


class TruthGrounder:
    """The oracle, fed from the simulator's ground truth topic and tf."""

    def __init__(self, node: ScoringGroundingNode, base_frame: str) -> None:
        """Listen to the truth."""
        self._base_frame = base_frame
        self._transforms = TransformListener(node)
        self._truth: Mapping[str, ObjectTruth] = {}
        node.create_subscription(SceneTruth, "ground_truth/scene", self._on_truth, qos.STATUS)

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return what the phrases name by ground truth.

        Raises:
            ModelError: No ground truth has come.
            TransformError: Where the camera was is not known.
        """
        if not self._truth:
            raise ModelError("no ground truth has come: is the simulator running?")
        truth, buffer = self._truth, self._transforms.buffer
        T_base_camera: np.ndarray = buffer.lookup(
            self._base_frame, frame.frame_id, frame.stamp_ns, _TF_TIMEOUT_S
        )
        return OracleGrounder(lambda: truth, lambda: T_base_camera).ground(frame, phrases)

    def _on_truth(self, msg: SceneTruth) -> None:
        self._truth = scene_truth_from_msg(msg)


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
