from dataclasses import dataclass

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter

from vla_ros.errors import ConfigError
from vla_ros.params import CheckedParams, param
from vla_ros.ros.parameters import NodeParameters


@dataclass(frozen=True)
class ArmParams(CheckedParams):
    frame: str = param("frame", live=False)
    speed_m_s: float = param("speed", unit="m/s", low=0.0, high=1.0, default=0.1)
    retries: int = param("retries", low=0, high=5, default=2)
    mode: str = param("mode", choices=("slow", "fast"), default="slow")
    box_m: tuple[float, ...] = param("box", unit="m", low=-1.0, high=1.0, default=(0.0, 0.5))


@dataclass(frozen=True)
class HandParams(CheckedParams):
    names: tuple[str, ...] = param("names", default=("a",))
    soft: bool = param("soft", default=True)


def node_with(graph, **values) -> Node:
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    return graph.node("arm", parameter_overrides=overrides)


def test_values_come_from_overrides_and_defaults(graph):
    node = node_with(graph, frame="base", speed_m_s=1, box_m=[0.25, 1.0])
    parameters = NodeParameters(node, (ArmParams, HandParams))
    assert parameters.get(ArmParams) == ArmParams(frame="base", speed_m_s=1.0, box_m=(0.25, 1.0))
    assert parameters.get(HandParams) == HandParams()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "frame"),
        ({"frame": 3}, "frame"),
        ({"frame": "base", "speed_m_s": 1.5}, "speed_m_s"),
        ({"frame": "base", "speed_m_s": float("nan")}, "speed_m_s"),
        ({"frame": "base", "mode": "warp"}, "one of"),
        ({"frame": "base", "box_m": [0.0, 2.0]}, "box_m"),
        ({"frame": "base", "retries": True}, "retries"),
    ],
)
def test_wrong_values_are_named(graph, values, words):
    node = node_with(graph, **values)
    with pytest.raises(ConfigError, match=words):
        NodeParameters(node, (ArmParams, HandParams))


def test_live_changes_are_all_or_nothing(graph):
    told = []
    node = node_with(graph, frame="base")
    parameters = NodeParameters(node, (ArmParams, HandParams), lambda: told.append(1))
    good = node.set_parameters_atomically(
        [Parameter("speed_m_s", value=0.5), Parameter("soft", value=False)]
    )
    assert good.successful and told == [1]
    assert parameters.get(ArmParams).speed_m_s == 0.5 and not parameters.get(HandParams).soft
    for bad in (float("nan"), 2.0, -0.1, "fast"):
        result = node.set_parameters_atomically(
            [Parameter("retries", value=4), Parameter("speed_m_s", value=bad)]
        )
        assert not result.successful and "speed_m_s" in result.reason
    assert parameters.get(ArmParams).retries == 2 and told == [1]


def test_what_is_read_at_start_stays(graph):
    node = node_with(graph, frame="base")
    parameters = NodeParameters(node, (ArmParams,))
    (result,) = node.set_parameters([Parameter("frame", value="world")])
    assert not result.successful
    assert parameters.get(ArmParams).frame == "base"


def test_descriptors_tell_people(graph):
    node = node_with(graph, frame="base")
    NodeParameters(node, (ArmParams,))
    speed = node.describe_parameter("speed_m_s")
    assert speed.description == "speed [m/s]"
    assert (speed.floating_point_range[0].from_value, speed.floating_point_range[0].to_value) == (
        0.0,
        1.0,
    )
    assert node.describe_parameter("retries").integer_range[0].to_value == 5
    assert node.describe_parameter("frame").read_only
    assert "slow, fast" in node.describe_parameter("mode").additional_constraints
