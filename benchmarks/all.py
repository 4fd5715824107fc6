"""Run every benchmark of speed one after the other, each with a peer in the same run.

    python benchmarks/all.py --out outputs/benchmarks

Takes less than ten minutes on two quiet cores. What each prints, and how it measures, is said by
its own --help.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

COMMANDS: dict[str, list[str]] = {
    "target_latency": [],
    "control_jitter": ["--seconds", "15"],
    "image_delivery": [],
    "stop_reaction": [],
    "stop_latency": [
        *("--stages", "approach"),
        *("--ways", "stop topic", "e-stop topic", "action cancel"),
    ],
    "episode_rate": ["--episodes", "6", "--ros-episodes", "2"],
    "startup": ["--repeats", "2"],
    "memory": [],
}
"""What is run, shorter than by default where that would take too long."""
_FOLDER = Path(__file__).parent


def main() -> int:
    """Run them; return how many failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="folder for the figures, one JSON file for each")
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), default=list(COMMANDS))
    arguments = parser.parse_args()
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in arguments.only:
        command = [str(_FOLDER / f"{name}.py"), *COMMANDS[name]]
        if arguments.out is not None:
            command += ["--json", str(arguments.out / f"{name}.json")]
        began_s = time.monotonic()
        failed += subprocess.run([sys.executable, *command]).returncode != 0
        print(f"{name}: {time.monotonic() - began_s:.0f} s\n", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
