"""From tasks and targets to motions: grasp choice, skills, chunk playing and the second look."""
