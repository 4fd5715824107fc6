"""What belongs to the whole straight line."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.params.checked import CheckedParams, param


@dataclass(frozen=True)
class PipelineParams(CheckedParams):
    """How an instruction is carried through: retries, patience, what is taken for granted."""

    max_retries: int = param("attempts after the first, for each thing", low=0, high=10, default=2)
    max_objects: int = param("most things one step with 'all' handles", low=1, high=50, default=12)
    task_timeout_s: float = param(
        "robot time one attempt may take", unit="s", low=5.0, high=600.0, default=60.0
    )
    refusal_patience_s: float = param(
        "how long the gate may go on refusing commands before the task ends",
        unit="s",
        low=0.0,
        high=10.0,
        default=0.6,
    )
    settle_s: float = param(
        "time given to things that were let go before the second look",
        unit="s",
        low=0.0,
        high=5.0,
        default=0.4,
    )
    feedback_period_s: float = param(
        "time between reports of progress", unit="s", low=0.02, high=5.0, default=0.2
    )
    held_opening: float = param(
        "a closed gripper that stays open further than this holds something",
        low=0.001,
        high=0.9,
        default=0.02,
    )
    table_middle_m: tuple[float, ...] = param(
        "x and y that answers such as 'at the front left' refer to, in the base frame",
        unit="m",
        low=-3.0,
        high=3.0,
        default=(0.5, 0.0),
    )
    answer_timeout_s: float = param(
        "robot time that a question back waits for an answer; 0: it is not asked, the instruction "
        "ends",
        unit="s",
        low=0.0,
        high=600.0,
        default=30.0,
    )
    max_questions: int = param(
        "questions back in one instruction, those after an answer that did not help among them",
        low=1,
        high=20,
        default=4,
    )
    known_phrases: tuple[str, ...] = param(
        "kinds of thing that questions about the scene look for",
        default=(
            "cube", "cylinder", "ball", "box", "carton", "book", "can", "bottle", "jar", "mug",
            "bowl", "plate", "tray", "basket", "apple", "banana", "orange", "lemon", "pear",
            "carrot", "hammer", "screwdriver", "wrench", "marker", "spoon", "sponge",
            "tape", "cup", "drawer",
        ),
    )  # fmt: skip
    known_colors: tuple[str, ...] = param(
        "colours that questions about colours look for",
        default=(
            "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "brown", "black",
            "gray", "white",
        ),
    )  # fmt: skip
