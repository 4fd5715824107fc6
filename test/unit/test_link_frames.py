import mujoco
import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.resources import models_dir
from vla_ros.ros.link_frames import LinkFrames

URDF = models_dir() / "arm" / "vla_arm.urdf"


def test_the_arms_frames_are_where_mujoco_puts_them():
    model = mujoco.MjModel.from_xml_path(str(URDF))
    state = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    links = LinkFrames(URDF.read_text())
    for _ in range(5):
        positions = {}
        for joint in range(model.njnt):
            low, high = model.jnt_range[joint]
            positions[model.joint(joint).name] = float(rng.uniform(low, high))
            state.qpos[model.jnt_qposadr[joint]] = positions[model.joint(joint).name]
        mujoco.mj_kinematics(model, state)
        poses = {"base_link": np.eye(4)}
        pending = [*links.fixed(), *links.moving(positions)]
        while pending:
            link = next(item for item in pending if item.parent in poses)
            poses[link.child] = poses[link.parent] @ link.T_parent_child
            pending.remove(link)
        # MuJoCo merges fixed links into their parents: the moving ones are compared.
        compared = [f"arm_link_{i}" for i in range(1, 8)]
        for name in compared:
            body = state.body(name)
            np.testing.assert_allclose(poses[name][:3, 3], body.xpos, atol=1e-9)
            np.testing.assert_allclose(poses[name][:3, :3].ravel(), body.xmat, atol=1e-9)


def test_unknown_joints_are_left_out_and_mimics_follow():
    urdf = """<robot name="r"><link name="a"/><link name="b"/><link name="c"/><link name="d"/>
      <joint name="one" type="prismatic"><parent link="a"/><child link="b"/>
        <axis xyz="0 0 2"/></joint>
      <joint name="two" type="prismatic"><parent link="a"/><child link="c"/><axis xyz="0 1 0"/>
        <mimic joint="one" multiplier="-2" offset="0.5"/></joint>
      <joint name="three" type="revolute"><parent link="c"/><child link="d"/></joint></robot>"""
    frames = {link.child: link.T_parent_child for link in LinkFrames(urdf).moving({"one": 0.1})}
    assert set(frames) == {"b", "c"}
    np.testing.assert_allclose(frames["b"][:3, 3], [0.0, 0.0, 0.1])
    np.testing.assert_allclose(frames["c"][:3, 3], [0.0, 0.3, 0.0])


def test_what_is_no_xml_is_named():
    with pytest.raises(ConfigError, match="not XML"):
        LinkFrames("robot")
