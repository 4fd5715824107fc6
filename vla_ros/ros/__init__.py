"""Everything that touches ROS and is not a node: conversions, qos, tf, parameters, running."""
