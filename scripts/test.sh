#!/usr/bin/env bash
# The whole test suite, cheapest first. Arguments go to every pytest run.
set -uo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export MUJOCO_GL=${MUJOCO_GL:-egl}
failed=0
run() { echo "== $1"; shift; .venv/bin/python -m pytest -q "$@" || failed=1; }
run "style and unit tests" test/style test/unit -n 2 "$@"
run "launch files" test/launch "$@"
run "ROS graph" test/ros "$@"
# Simulated robots against the clock of a machine that may be busy: a test that fails thrice failed.
run "end to end" test/e2e --reruns 2 "$@"
exit $failed
