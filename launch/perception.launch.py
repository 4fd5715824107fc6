"""Perception: camera topics in, detections and targets out."""

from launch import LaunchDescription

from vla_ros.ros.launching import shared_arguments, start_nodes, use_dds_profile


def generate_launch_description() -> LaunchDescription:
    """Describe the perception part of the graph."""
    return LaunchDescription([*shared_arguments(), use_dds_profile(), start_nodes("perception")])
