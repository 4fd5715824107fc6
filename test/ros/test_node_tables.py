"""docs/nodes.md says what the running graph publishes, takes and offers: no more, no less."""

import re
from pathlib import Path

import pytest

from vla_ros.ros.domain import claim_domain
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph

PAGE = (Path(__file__).parents[2] / "docs" / "nodes.md").read_text()
NODES = ("mujoco_sim", "safety", "grounding", "task")
# What every ROS node or every lifecycle node has.
COMMON = re.compile(
    r"/(rosout|parameter_events)$|/(describe|get|list|set)_parameter|/get_type_description$"
    r"|/set_parameters_atomically$|/(change|get)_state$|/get_available_|/get_transition_graph$"
)
OF_SIMULATED_TIME = ("takes", "clock", "rosgraph_msgs/Clock")


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    # Not that of the tests before, where a node of theirs may still be known.
    options = GraphOptions(log_dir=tmp_path_factory.mktemp("logs"), domain_id=claim_domain())
    with ProcessGraph(options) as running:
        running.wait_ready(180.0)
        yield running


def documented(node):
    section = PAGE.split(f"## {node}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| `([^`]+)` \| (\S+) \|", section, re.MULTILINE)
    return set(rows)


def running(graph, node):
    api = graph.node
    if node not in api.get_node_names():
        return set()  # not discovered yet
    found = set()
    kinds = (
        ("publishes", api.get_publisher_names_and_types_by_node),
        ("takes", api.get_subscriber_names_and_types_by_node),
        ("service", api.get_service_names_and_types_by_node),
    )
    for kind, listed in kinds:
        for name, (type_name, *_) in listed(node, "/"):
            if COMMON.search(name):
                continue
            if "/_action/" in name:
                if kind == "service" and name.endswith("/send_goal"):
                    action = type_name.replace("/action", "").removesuffix("_SendGoal")
                    found.add(("action", name.split("/_action/")[0][1:], action))
                continue
            short = re.sub("/(msg|srv)/", "/", type_name)
            found.add((kind, name[1:], short))
    found.discard(OF_SIMULATED_TIME)
    return found


@pytest.mark.parametrize("node", NODES)
def test_the_table_of_a_node_is_what_it_has(graph, node):
    stated, present = documented(node), set()
    # Discovery is gradual: wait until all that is stated is there, then compare.
    graph.spin_until(lambda: stated <= running(graph, node), 90.0)
    present = running(graph, node)
    assert present == stated
