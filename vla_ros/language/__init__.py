"""From what was said to tasks."""
