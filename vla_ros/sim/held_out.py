"""What the default detector is never shown, so that what it makes of it can be measured."""

from __future__ import annotations

from vla_ros.sim.scene_description import ColorNoun

HELD_OUT_PAIRS: tuple[ColorNoun, ...] = (
    ("red", "mug"),
    ("blue", "cube"),
    ("green", "bowl"),
    ("yellow", "cup"),
    ("purple", "ball"),
    ("orange", "can"),
    ("pink", "bottle"),
    ("cyan", "book"),
    ("brown", "box"),
    ("white", "carton"),
    ("black", "hammer"),
    ("gray", "plate"),
)
"""Colours and nouns that never meet in the training pictures, to measure how words combine."""
