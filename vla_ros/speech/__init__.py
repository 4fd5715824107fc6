"""Speech: audio to text of the command language, the stop word, and the robot's voice."""
