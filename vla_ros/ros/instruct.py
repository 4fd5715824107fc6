"""Gives one instruction to the graph that is running, and tells how it goes; Ctrl-C cancels it.

    python -m vla_ros.ros.instruct "put the red cube in the bowl"

What `ros2 action send_goal` is on a ROS 2 install.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from vla_ros.errors import VlaRosError
from vla_ros.ros.instruction_client import InstructionClient
from vla_ros.ros.terminal_answers import TerminalAnswers
from vla_ros.ros.visitor import Visitor

CANCELED = 130  # as a shell says that Ctrl-C ended a command


def main() -> int:
    """Run the command; return 0 only if the instruction succeeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", help="what the robot shall do")
    parser.add_argument("--limit", type=float, default=600.0, help="wall time it may take [s]")
    parser.add_argument("--namespace", default="", help="namespace of the robot's nodes")
    arguments = parser.parse_args()
    told, answers = "", None

    def on_stage(stage: str, sentence: str) -> None:
        nonlocal told
        if answers is not None:
            answers.on_stage(stage, sentence)
        if sentence != told:
            told = sentence
            print(f"  {sentence}", flush=True)

    try:
        with closing(Visitor("instructor", namespace=arguments.namespace)) as visitor:
            client = InstructionClient(visitor)
            answers = TerminalAnswers(visitor.node)
            outcome = client.execute(arguments.text, on_stage, arguments.limit)
    except VlaRosError as error:
        print(f"instruct: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("canceled; the arm has been told to stop", file=sys.stderr)
        return CANCELED
    print(f"{outcome.reason.name}: {outcome.message}")
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main())
