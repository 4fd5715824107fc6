"""Faults at random moments of an episode: what breaks, what must be said, and what must hold."""
