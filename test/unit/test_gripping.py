"""The arm can take and put down what is on the table, told by ground truth where it is."""

import numpy as np
import pytest

from vla_ros.control.kinematics import ArmKinematics
from vla_ros.geometry import interpolate, tool_down
from vla_ros.sim.arm import simulated_robot, urdf_path
from vla_ros.sim.catalogue.furniture import DRAWER_TRAVEL_M, HANDLE_REACH_M
from vla_ros.sim.mujoco_environment import MujocoEnvironment
from vla_ros.sim.predicates import inside, lifted
from vla_ros.sim.scenes import SceneOptions

TICK_S = 0.01
TRAVEL_Z_M = 0.24


class Puppeteer:
    """Moves the tool in straight lines by the product's own inverse kinematics."""

    def __init__(self, environment):
        robot = simulated_robot()
        self._environment = environment
        self._kinematics = ArmKinematics(
            urdf_path().read_text(encoding="utf-8"),
            robot.joint_names,
            robot.tool_frame,
            base_frame=robot.base_frame,
            home_rad=robot.home_rad,
        )
        self._q = np.array(robot.home_rad)
        self._opening = 1.0
        self._T = environment.robot_state().T_base_tool.copy()

    def move(self, x, y, z, yaw, speed_m_s=0.3):
        goal = tool_down(np.array([x, y, z]), yaw)
        turn = np.arccos(np.clip((np.trace(goal[:3, :3].T @ self._T[:3, :3]) - 1) / 2, -1, 1))
        way = np.linalg.norm(goal[:3, 3] - self._T[:3, 3])
        ticks = int(1.5 * max(way / speed_m_s, turn / 1.5, 0.05) / TICK_S)
        along = np.linspace(0.0, 1.0, ticks + 1)[1:]
        for T in interpolate(self._T, goal, along * along * (3.0 - 2.0 * along)):
            self._tick(T)
        self._T = goal
        self._wait(0.1)

    def grip(self, opening):
        self._opening = opening
        self._wait(0.45)

    def _wait(self, seconds):
        for _ in range(round(seconds / TICK_S)):
            self._tick(self._T)

    def _tick(self, T):
        self._q = self._kinematics.solve(T, self._q, TICK_S)
        self._environment.set_joint_targets(self._q)
        self._environment.set_gripper_target(self._opening)
        self._environment.step(TICK_S)


def only(kind, seed=3, **options):
    """An environment with one object of a kind and a basket."""
    options = SceneOptions(
        count=(2, 2),
        containers=0,
        graspables=0,
        drawer_probability=0.0,
        required=((kind, ""), ("basket", "")),
        **options,
    )
    environment = MujocoEnvironment(options, render=False)
    environment.reset(seed)
    return environment


def of_kind(environment, kind):
    return next(t for t in environment.truth().values() if t.kind == kind)


@pytest.mark.parametrize(
    "kind",
    ["cube", "can", "cylinder", "ball", "banana", "marker", "bottle", "mug", "hammer", "wrench"],
)
def test_a_thing_is_taken_carried_and_put_into_the_basket(kind):
    environment = only(kind)
    before, basket = of_kind(environment, kind), of_kind(environment, "basket")
    x, y, z = before.T_base_object[:3, 3]
    height = before.extent_m[2]
    yaw = np.arctan2(before.T_base_object[1, 0], before.T_base_object[0, 0])
    yaw = (yaw + np.pi / 2) % np.pi - np.pi / 2
    hammer_grip = -0.15 * before.extent_m[0] if kind == "hammer" else 0.0
    x, y = x + hammer_grip * np.cos(yaw), y + hammer_grip * np.sin(yaw)
    grasp_z = max(z, 0.0135, height - 0.045)
    puppeteer = Puppeteer(environment)
    puppeteer.move(x, y, TRAVEL_Z_M, yaw)
    puppeteer.move(x, y, grasp_z, yaw, speed_m_s=0.15)
    puppeteer.grip(0.0)
    puppeteer.move(x, y, TRAVEL_Z_M, yaw)
    assert lifted(before, of_kind(environment, kind))
    bx, by = basket.T_base_object[:2, 3]
    puppeteer.move(bx, by, TRAVEL_Z_M, yaw)
    assert before.name in environment.held()
    puppeteer.move(bx, by, grasp_z + 0.03, yaw, speed_m_s=0.15)
    # Fully open, the fingers would reach the basket's walls and lift it.
    puppeteer.grip(environment.robot_state().gripper_opening + 0.25)
    puppeteer.move(bx, by, TRAVEL_Z_M, yaw)
    assert environment.held() == ()
    assert inside(of_kind(environment, kind), of_kind(environment, "basket"))


def test_a_drawer_is_pulled_open_by_its_handle_and_pushed_shut():
    options = SceneOptions(
        count=(1, 1), containers=0, graspables=1, drawer_probability=1.0, kinds=("cube",)
    )
    environment = MujocoEnvironment(options, render=False)
    environment.reset(2)
    drawer = of_kind(environment, "drawer")
    forward = drawer.T_base_object[:2, 0]
    yaw = np.arctan2(forward[1], forward[0])
    handle = drawer.T_base_object[:2, 3] + forward * (
        drawer.extent_m[0] / 2 + 0.010 + 0.7 * HANDLE_REACH_M
    )
    height = drawer.T_base_object[2, 3] + 0.2 * drawer.extent_m[2]
    puppeteer = Puppeteer(environment)
    puppeteer.move(*handle, TRAVEL_Z_M, yaw)
    puppeteer.move(*handle, height, yaw, speed_m_s=0.15)
    puppeteer.grip(0.0)
    puppeteer.move(*(handle + forward * DRAWER_TRAVEL_M), height, yaw, speed_m_s=0.15)
    assert of_kind(environment, "drawer").opening > 0.85
    puppeteer.move(*handle, height, yaw, speed_m_s=0.15)
    assert of_kind(environment, "drawer").opening < 0.1
