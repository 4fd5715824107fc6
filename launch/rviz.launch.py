"""RViz with the camera, the targets and the arm."""

from launch import LaunchDescription
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from vla_ros.resources import config_dir
from vla_ros.ros.launching import shared_arguments


def generate_launch_description() -> LaunchDescription:
    """Describe RViz, set up for this package's topics."""
    return LaunchDescription(
        [
            *shared_arguments(),
            Node(
                package="rviz2",
                executable="rviz2",
                namespace=LaunchConfiguration("namespace"),
                arguments=["-d", str(config_dir() / "rviz" / "vla_ros.rviz")],
                parameters=[{"use_sim_time": LaunchConfiguration("use_sim_time")}],
            ),
        ]
    )
