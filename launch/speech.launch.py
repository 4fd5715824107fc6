"""Speech: hears instructions and stops, speaks replies."""

from launch import LaunchDescription

from vla_ros.ros.launching import shared_arguments, start_nodes, use_dds_profile


def generate_launch_description() -> LaunchDescription:
    """Describe the speech part of the graph."""
    return LaunchDescription([*shared_arguments(), use_dds_profile(), start_nodes("speech")])
