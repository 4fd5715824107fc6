"""Everything: say what you want, and the arm does it.

ros2 launch vla_ros pick.launch.py                          # embedded simulator
ros2 launch vla_ros pick.launch.py sim:=gazebo              # Gazebo Harmonic
ros2 launch vla_ros pick.launch.py sim:=none robot:=ur5e    # a real robot, its drivers running
ros2 launch vla_ros pick.launch.py speech:=true             # listen to a microphone, and answer
"""

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, OpaqueFunction

from vla_ros.ros.launching import include, shared_arguments, use_dds_profile, value


def generate_launch_description() -> LaunchDescription:
    """Describe the whole graph, simulator included where one is asked for."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "rviz", default_value="false", choices=["true", "false"], description="start RViz"
            ),
            DeclareLaunchArgument(
                "speech",
                default_value="false",
                choices=["true", "false"],
                description="listen to a microphone and speak replies",
            ),
            *shared_arguments(),
            use_dds_profile(),
            OpaqueFunction(function=include_subsystems),
        ]
    )


def include_subsystems(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Include what the arguments ask for; a real robot keeps the wall clock."""
    sim = value(context, "sim")
    use_sim_time = "false" if sim == "none" else value(context, "use_sim_time")
    included = ["safety", "perception", "action"]
    if sim != "none":
        included.insert(0, f"sim_{sim}")
    if value(context, "speech") == "true":
        included.append("speech")
    if value(context, "rviz") == "true":
        included.append("rviz")
    return [include(name, use_sim_time=use_sim_time) for name in included]
