"""Every node as a process over ROS, with truth for eyes that fail when they are told to."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

from vla_ros.ros.domain import claim_domain
from vla_ros.ros.process_graph import GraphOptions, ProcessGraph

SEED = 5
TEXT = "put the red cube in the bowl"
OBJECTS = [("cube", "red"), ("bowl", "")]
ARM_JOINTS = 7
DOMAIN = claim_domain()
PACE = 0.5
"""Simulated seconds a second; a busy machine keeps up with this."""
SLOW = 0.05
"""The same while a stop is timed: what a busy machine delays by 100 ms counts 5 ms."""
REST_MS = 100.0


def start(folder: Path, domain_id: int) -> ProcessGraph:
    """Start the graph."""
    options = GraphOptions(
        log_dir=folder,
        domain_id=domain_id,
        overrides={
            "mujoco_sim": {
                "seed": SEED,
                "real_time_factor": PACE,
                "required_kinds": [kind for kind, _ in OBJECTS],
                "required_colors": [color for _, color in OBJECTS],
            },
            "grounding": {"grounder_model": "oracle", "watch_rate_hz": 0.0},
            "task": {"look_timeout_s": 8.0},
        },
        modules={"grounding": "faulty_grounding"},
    )
    # A real ROS 2 lives on PYTHONPATH: add to it.
    path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(path)):
        return ProcessGraph(options)
