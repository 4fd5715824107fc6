#!/usr/bin/env bash
# Installs vla_ros into .venv: `scripts/install.sh demo` what a demo needs, `... test` what the tests need.
# Where a ROS 2 is sourced, that one is used; elsewhere ROS 2 comes from PyPI wheels. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:?usage: scripts/install.sh demo|test}
case $purpose in
    demo) extras=sim ;;
    test) extras=sim,models,speech,cluster,dev ;;
    *) echo "unknown purpose '$purpose': say demo or test" >&2; exit 2 ;;
esac

say() { printf '\033[1m[vla_ros]\033[0m %s\n' "$*"; }
fail() { printf '\033[1m[vla_ros]\033[0m %s\n' "$*" >&2; exit 1; }

ros_is_sourced() { [ -n "${ROS_DISTRO:-}" ] && python3 -c 'import rclpy' 2>/dev/null; }

choose_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
        [ "$candidate" = "${PYTHON:-}" ] && fail "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12"
    done
    fail "no Python 3.10, 3.11 or 3.12 found: install one (Debian, Ubuntu: apt install python3 python3-venv) or say PYTHON=/path/to/python3.11"
}

# Headless rendering wants EGL; building the interfaces wants a compiler and Python's headers.
missing_packages() {
    local libraries
    libraries=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
    grep -q 'libEGL\.so\.1' <<<"$libraries" || echo libegl1
    grep -q 'libOpenGL\.so\.0' <<<"$libraries" || echo libopengl0
    ls /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium*.so /usr/lib/*/dri/libdril_dri.so /usr/lib/*/libEGL_nvidia.so* >/dev/null 2>&1 \
        || ls /usr/lib/*/dri/*_dri.so >/dev/null 2>&1 || echo libgl1-mesa-dri
    command -v cc >/dev/null && command -v c++ >/dev/null || echo build-essential
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    "$python" - <<'PY' || echo "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-dev"
import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())
PY
}

install_system_packages() {
    local packages sudo=()
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086
    set -- $packages
    command -v apt-get >/dev/null || fail "these system packages are missing and there is no apt-get to install them with: $*"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "missing system packages; as root run: apt-get install --no-install-recommends $*"
        sudo=(sudo)
    fi
    say "installing system packages (headless rendering, compiler): $*"
    "${sudo[@]}" apt-get update -qq || fail "apt-get update failed: is there a network?"
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || fail "could not install $*: run it by hand and look at what it says"
}

fingerprint() { cat "$@" | sha256sum | cut -c1-16; }
tree_fingerprint() { find "$1" -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16; }
done_before() { [ "$(cat ".venv/.stamps/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { mkdir -p .venv/.stamps && echo "$2" >".venv/.stamps/$1"; }

make_venv() {
    local kind=$1 options=()
    [ "$kind" = ros ] && options=(--system-site-packages)
    if [ -d .venv ] && { ! done_before kind "$kind" || ! .venv/bin/python -c '' 2>/dev/null; }; then
        say "making .venv anew: it was made for another Python or with${kind:+ another} ROS 2"
        rm -rf .venv
    fi
    [ -d .venv ] && return 0
    say "making .venv with $("$python" --version)"
    "$python" -m venv "${options[@]}" .venv || fail "could not make .venv with $python"
    .venv/bin/python -m pip install -q --upgrade 'pip>=24' || fail "could not upgrade pip: is there a network?"
    mark_done kind "$kind"
}

install_python_packages() {
    local kind=$1 wanted constraints=constraints.txt
    if [ "$kind" = wheels ]; then
        extras="ros,$extras"
    else
        # The real ROS 2's compiled Python modules need the numpy major version they were built with.
        constraints=.venv/ros_constraints.txt
        "$python" -c 'import numpy; print("numpy<%d" % (int(numpy.__version__.split(".")[0]) + 1))' >"$constraints"
    fi
    wanted="$extras $(fingerprint setup.py setup.cfg "$constraints")"
    done_before packages "$wanted" && return 0
    # What the tests installed covers what a demo needs.
    [ "$purpose" = demo ] && done_before packages "${extras/sim/sim,models,speech,cluster,dev} ${wanted##* }" && return 0
    say "installing Python packages [$extras] (a few minutes the first time)"
    .venv/bin/python -m pip install --progress-bar "$([ -t 1 ] && echo on || echo off)" -q -c "$constraints" -e ".[$extras]" \
        || fail "pip could not install .[$extras]: see above"
    mark_done packages "$wanted"
}

install_interfaces() {
    local kind=$1 wanted
    wanted="$kind $(tree_fingerprint interfaces)"
    done_before interfaces "$wanted" && return 0
    if [ "$kind" = ros ]; then
        command -v colcon >/dev/null || fail "colcon is missing: apt install python3-colcon-common-extensions"
        say "building vla_ros_interfaces with colcon"
        colcon build --base-paths interfaces --packages-select vla_ros_interfaces || fail "colcon could not build vla_ros_interfaces: see log/latest_build"
    else
        say "building the ROS interfaces (about two minutes, once)"
        .venv/bin/python -m pip install -q --force-reinstall --no-deps ./interfaces || fail "the interfaces could not be built: see above"
    fi
    mark_done interfaces "$wanted"
}

if ros_is_sourced; then
    kind=ros
    python=$(python3 -c 'import sys; print(sys.executable)')
    say "using the sourced ROS 2 ($ROS_DISTRO)"
else
    kind=wheels
    python=$(choose_python)
fi
install_system_packages
make_venv "$kind"
install_python_packages "$kind"
install_interfaces "$kind"
scripts/with_ros.sh .venv/bin/python -c 'import rclpy, vla_ros, vla_ros_interfaces.action' \
    || fail "the install is broken: 'make clean' and try again"
say "ready: .venv/bin/vla-ros --help"
