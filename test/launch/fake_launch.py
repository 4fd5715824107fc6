"""As much of launch and launch_ros as our launch files use, for machines without a ROS 2 install.

Signatures are those of the documented API, keyword for keyword: an unknown keyword is a TypeError.
"""

import importlib.util
import sys
import types


class LaunchDescriptionEntity:
    def visit(self, context):
        return None


class LaunchContext:
    def __init__(self):
        self.launch_configurations = {}
        self.environment = {}


class LaunchDescription(LaunchDescriptionEntity):
    def __init__(self, initial_entities=None):
        self.entities = list(initial_entities or [])

    def visit(self, context):
        return self.entities


class DeclareLaunchArgument(LaunchDescriptionEntity):
    def __init__(self, name, *, default_value=None, description=None, choices=None):
        self.name, self.default_value = name, default_value
        self.description, self.choices = description, choices

    def visit(self, context):
        value = context.launch_configurations.setdefault(self.name, self.default_value)
        if self.choices and value not in self.choices:
            raise RuntimeError(f"{self.name}:={value} is not one of {self.choices}")


class LaunchConfiguration:
    def __init__(self, variable_name):
        self.variable_name = variable_name

    def perform(self, context):
        return context.launch_configurations[self.variable_name]


class FindPackageShare:
    def __init__(self, package):
        self.package = package

    def perform(self, context):
        return f"/opt/ros/fake/share/{self.package}"


class PathJoinSubstitution:
    def __init__(self, substitutions):
        self.substitutions = substitutions

    def perform(self, context):
        return "/".join(perform(part, context) for part in self.substitutions)


class SetEnvironmentVariable(LaunchDescriptionEntity):
    def __init__(self, name, value):
        self.name, self.value = name, value

    def visit(self, context):
        context.environment[self.name] = self.value


class OpaqueFunction(LaunchDescriptionEntity):
    def __init__(self, *, function, args=None, kwargs=None):
        self.function, self.args, self.kwargs = function, args or [], kwargs or {}

    def visit(self, context):
        return self.function(context, *self.args, **self.kwargs)


class PythonLaunchDescriptionSource:
    def __init__(self, launch_file_path):
        self.path = launch_file_path


class IncludeLaunchDescription(LaunchDescriptionEntity):
    def __init__(self, launch_description_source, *, launch_arguments=None):
        self.source, self.launch_arguments = launch_description_source, list(launch_arguments or [])

    def visit(self, context):
        path = perform(self.source.path, context)
        if path.startswith("/opt/ros/fake"):  # another package's launch file
            return []
        for name, value in self.launch_arguments:
            context.launch_configurations[name] = perform(value, context)
        return [load(path)]


class OnProcessExit:
    def __init__(self, *, target_action=None, on_exit):
        self.target_action, self.on_exit = target_action, on_exit

    def describe(self):
        return "on exit", self.on_exit


class RegisterEventHandler(LaunchDescriptionEntity):
    def __init__(self, event_handler):
        self.event_handler = event_handler

    def visit(self, context):
        return self.event_handler.on_exit


class Node(LaunchDescriptionEntity):
    def __init__(
        self,
        *,
        package,
        executable,
        name=None,
        namespace=None,
        parameters=None,
        remappings=None,
        arguments=None,
        output=None,
        emulate_tty=False,
    ):
        self.node_package, self.node_executable = package, executable
        self.name, self.namespace, self.parameters = name, namespace, parameters or []
        self.remappings, self.arguments = remappings or [], arguments or []


def perform(value, context):
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return "".join(perform(part, context) for part in value)
    return value.perform(context)


def load(path):
    spec = importlib.util.spec_from_file_location("launch_file", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


MODULES = {
    "launch": (LaunchContext, LaunchDescription, LaunchDescriptionEntity),
    "launch.actions": (
        DeclareLaunchArgument,
        IncludeLaunchDescription,
        OpaqueFunction,
        RegisterEventHandler,
        SetEnvironmentVariable,
    ),
    "launch.event_handlers": (OnProcessExit,),
    "launch.launch_description_sources": (PythonLaunchDescriptionSource,),
    "launch.substitutions": (LaunchConfiguration, PathJoinSubstitution),
    "launch_ros": (),
    "launch_ros.actions": (Node,),
    "launch_ros.substitutions": (FindPackageShare,),
}


def install(monkeypatch):
    """Put the fakes where `import launch` finds them, until the test ends."""
    for name, members in MODULES.items():
        module = types.ModuleType(name)
        for member in members:
            setattr(module, member.__name__, member)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "vla_ros.ros.launching", raising=False)
