"""Every parameter of every node: one frozen dataclass per node, the only place of a default.

A field is declared with `param(...)`: what it is, its unit and its range. Deployment facts (frames,
joints, limits) have no default: the robot's YAML must say them.
"""

from vla_ros.params.checked import CheckedParams, param
from vla_ros.params.grounding import GroundingParams
from vla_ros.params.models import ModelParams
from vla_ros.params.perception import PerceptionParams
from vla_ros.params.pipeline import PipelineParams
from vla_ros.params.robot import RobotParams
from vla_ros.params.safety import SafetyParams
from vla_ros.params.server import ServerParams
from vla_ros.params.sim import SimParams
from vla_ros.params.skill import SkillParams
from vla_ros.params.speech import RecognizerParams, SpeechParams
from vla_ros.params.task import TaskParams

__all__ = [
    "CheckedParams",
    "GroundingParams",
    "ModelParams",
    "PerceptionParams",
    "PipelineParams",
    "RecognizerParams",
    "RobotParams",
    "SafetyParams",
    "ServerParams",
    "SimParams",
    "SkillParams",
    "SpeechParams",
    "TaskParams",
    "param",
]
