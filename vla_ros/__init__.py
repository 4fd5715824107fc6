"""Say what you want, and a robot arm with a camera does it, over ordinary ROS 2 topics."""

__version__ = "0.1.0"
