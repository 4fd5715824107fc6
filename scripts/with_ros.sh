#!/usr/bin/env bash
# Runs a command in this checkout's environment: with what colcon built here, where colcon built it.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${ROS_DISTRO:-}" ] && [ -f install/local_setup.bash ]; then
    set +u
    # shellcheck disable=SC1091
    source install/local_setup.bash
    set -u
fi
exec "$@"
