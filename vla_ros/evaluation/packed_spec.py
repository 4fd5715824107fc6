"""A runner's specification that can be sent to another machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from vla_ros.evaluation.runners import RunnerSpec
from vla_ros.graph import robot_file


@dataclass(frozen=True, slots=True)
class PackedSpec:
    """A specification together with the files that it names by a path.

    What those files name in turn (a folder of weights, a URDF) has to be on the other machine
    under the same path.

    Attributes:
        spec: The specification, as it was said here. Suites are in it with all that they say.
        robot: Content of the robot's file; None where it comes with the package.
        params: Content of the parameter file; None where there is none.
    """

    spec: RunnerSpec
    robot: bytes | None
    params: bytes | None

    @classmethod
    def of(cls, spec: RunnerSpec) -> PackedSpec:
        """Read the files.

        Raises:
            ConfigError: One does not exist.
        """
        _, *others = spec.files
        robot = robot_file(spec.robot).read_bytes() if _is_path(spec.robot) else None
        return cls(spec, robot, others[-1].read_bytes() if spec.params_file else None)

    def unpack(self, folder: Path) -> RunnerSpec:
        """Write the files into an empty folder, and return the specification that names them."""
        spec = self.spec
        if self.robot is not None:
            spec = replace(spec, robot=str(_written(folder / "robot", spec.robot, self.robot)))
        if self.params is not None:
            path = _written(folder / "params", spec.params_file, self.params)
            spec = replace(spec, params_file=str(path))
        return spec


def _is_path(robot: str) -> bool:
    return robot.endswith((".yaml", ".yml"))


def _written(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir()
    path = folder / Path(name).name
    path.write_bytes(content)
    return path
