"""From rendered scenes to the default models."""
