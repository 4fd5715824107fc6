"""Gazebo Harmonic with the same arm and things to move: a driver like a real robot's, no Python."""

from pathlib import Path
from xml.sax.saxutils import escape

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from vla_ros.resources import config_dir, models_dir
from vla_ros.ros.launching import robot_description, shared_arguments, use_dds_profile, value

# Where models/worlds/tabletop.sdf puts its camera, as its optical frame in the arm's base frame.
CAMERA_POSITION_M = ("1.15", "0", "0.75")
CAMERA_QUATERNION_XYZW = ("0.657974", "0.657974", "-0.258978", "-0.258978")
CONTROLLERS = ("joint_state_broadcaster", "arm_controller", "gripper_controller")


def generate_launch_description() -> LaunchDescription:
    """Describe the Gazebo server, the arm in it, its controllers and the bridge."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "world",
                default_value=str(models_dir() / "worlds" / "tabletop.sdf"),
                description="SDF world to load",
            ),
            DeclareLaunchArgument(
                "gui", default_value="true", choices=["true", "false"], description="show Gazebo"
            ),
            *shared_arguments(sim="gazebo"),
            use_dds_profile(),
            OpaqueFunction(function=start_gazebo),
        ]
    )


def start_gazebo(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Start the world, spawn the arm, and start its controllers once it is there."""
    namespace = value(context, "namespace")
    server_only = "" if value(context, "gui") == "true" else "-s --headless-rendering "
    world = value(context, "world")
    gazebo = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            [PathJoinSubstitution([FindPackageShare("ros_gz_sim"), "launch", "gz_sim.launch.py"])]
        ),
        launch_arguments=[("gz_args", f"-r {server_only}{world}"), ("on_exit_shutdown", "true")],
    )
    spawn = ros_node(
        namespace,
        "ros_gz_sim",
        "create",
        arguments=["-topic", "robot_description", "-name", "vla_arm", "-allow_renaming", "true"],
    )
    controllers = ros_node(
        namespace,
        "controller_manager",
        "spawner",
        arguments=[
            *CONTROLLERS,
            "--param-file",
            str(config_dir() / "controllers.yaml"),
            "--controller-manager-timeout",
            "60",
        ],
    )
    return [
        gazebo,
        ros_node(
            namespace,
            "robot_state_publisher",
            "robot_state_publisher",
            parameters=[{"robot_description": arm_in_gazebo(namespace), "use_sim_time": True}],
        ),
        spawn,
        RegisterEventHandler(OnProcessExit(target_action=spawn, on_exit=[controllers])),
        ros_node(
            namespace,
            "ros_gz_bridge",
            "parameter_bridge",
            parameters=[{"config_file": str(config_dir() / "gz_bridge.yaml")}],
        ),
        ros_node(
            namespace,
            "tf2_ros",
            "static_transform_publisher",
            arguments=camera_transform_arguments(),
        ),
    ]


def ros_node(namespace: str, package: str, executable: str, **options: object) -> Node:
    """Return a node of another package in our namespace."""
    return Node(
        package=package, executable=executable, namespace=namespace, output="screen", **options
    )


def camera_transform_arguments() -> list[str]:
    """Return the static transform from the arm's base to the camera's optical frame."""
    x, y, z = CAMERA_POSITION_M
    qx, qy, qz, qw = CAMERA_QUATERNION_XYZW
    position = ["--x", x, "--y", y, "--z", z]
    rotation = ["--qx", qx, "--qy", qy, "--qz", qz, "--qw", qw]
    frames = ["--frame-id", "base_link", "--child-frame-id", "front_camera_optical_frame"]
    return [*position, *rotation, *frames]


def arm_in_gazebo(namespace: str) -> str:
    """Return the arm's URDF with its ros2_control hardware and Gazebo's controller plugin."""
    arm: Path = models_dir() / "arm"
    description = robot_description(arm / "vla_arm.urdf", arm / "vla_arm.gazebo.xml")
    remap = f"<ros><namespace>{escape(namespace)}</namespace></ros>" if namespace else ""
    plugin = (
        '<gazebo><plugin filename="gz_ros2_control-system"'
        ' name="gz_ros2_control::GazeboSimROS2ControlPlugin">'
        f"{remap}<parameters>{escape(str(config_dir() / 'controllers.yaml'))}</parameters>"
        "</plugin></gazebo>"
    )
    return description.replace("</robot>", f"{plugin}</robot>")
