"""From targets to tool commands: skills, policies, chunks and grasps."""
