"""Which of the boxes that a detector proposes a phrase means, decided by a vision-language model.

On RefCOCO the right box is among Grounding DINO's first five 89.5 % of the time and its very first
50.8 %: finding is easy, choosing is hard. Choosing is what a generative model does better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_ros.errors import ConfigError, ModelError
from vla_ros.language.lexicon import strip_article
from vla_ros.language.referring import parse_referring
from vla_ros.perception.grounder import Grounder
from vla_ros.perception.relations import overlap
from vla_ros.types import CameraFrame, Detection
from vla_ros.vlm import strict_json
from vla_ros.vlm.grounder import UNTOLD_SCORE
from vla_ros.vlm.marks import with_numbers
from vla_ros.vlm.model import Request, VisionLanguageModel
from vla_ros.vlm.model_pictures import model_picture
from vla_ros.vlm.prompts import prompt
from vla_ros.vlm.reply_forms import choice_form

MAX_CANDIDATES = 5
_ALIKE = 0.5


class ChoosingGrounder:
    """A detector that proposes and a model that chooses, as one Grounder.

    The model is asked only where the detector cannot know: where several boxes answer a phrase
    about as well, or where the phrase is more than the words for a kind of thing ("the mug with the
    broken handle"). All else is the detector's answer, at the detector's speed.
    """

    def __init__(
        self,
        detector: Grounder,
        model: VisionLanguageModel,
        *,
        least_score: float = 0.1,
        close_score: float = 0.3,
    ) -> None:
        """Put the two together.

        Args:
            detector: Proposes.
            model: Chooses.
            least_score: Less probable boxes are not proposed.
            close_score: A box that is less than this behind the best makes a phrase ambiguous.

        Raises:
            ConfigError: The model's family cannot choose.
        """
        if not model.dialect.choose_prompt:
            raise ConfigError(
                f"models of the family '{model.dialect.name}' follow no instructions: they cannot "
                "choose; use one of another family as chooser_model"
            )
        self._detector, self._model = detector, model
        self._least_score, self._close_score = least_score, close_score

    def ground(self, frame: CameraFrame, phrases: Sequence[str]) -> list[Detection]:
        """Return the detector's boxes, and where those are in doubt the ones that were chosen.

        Raises:
            ModelError: Either of the two failed, or chose what was not offered.
        """
        asked = tuple(dict.fromkeys(phrases))
        names = {phrase: _name(phrase) for phrase in asked}
        wanted = tuple(dict.fromkeys((*asked, *names.values())))
        found: dict[str, list[Detection]] = {phrase: [] for phrase in wanted}
        for detection in self._detector.ground(frame, wanted):
            found.setdefault(detection.phrase, []).append(detection)
        return [
            detection
            for phrase in asked
            for detection in self._answer(frame, phrase, found[phrase], found[names[phrase]])
        ]

    def _answer(
        self,
        frame: CameraFrame,
        phrase: str,
        whole: Sequence[Detection],
        named: Sequence[Detection],
    ) -> list[Detection]:
        simple = _name(phrase) == phrase
        candidates = _distinct([*whole, *(() if simple else named)], self._least_score)
        if not candidates:
            return []
        behind = candidates[0].score - self._close_score
        rivals = [d for d in candidates if behind < d.score]
        if simple and len(rivals) < 2:
            return list(whole)
        return self._choose(frame, phrase, rivals if simple else candidates)

    def _choose(
        self, frame: CameraFrame, phrase: str, candidates: Sequence[Detection]
    ) -> list[Detection]:
        marked = with_numbers(np.asarray(frame.rgb), [d.box_px for d in candidates])
        dialect = self._model.dialect
        request = Request(
            prompt(dialect.choose_prompt, phrase=phrase, count=str(len(candidates))),
            choice_form(len(candidates)),
            model_picture(marked, dialect.picture).rgb,
            prompt("system") if dialect.chat else "",
        )
        said = self._model.ask(request)
        score = UNTOLD_SCORE if said.probability is None else said.probability
        return [
            Detection(phrase, candidates[n - 1].box_px, score, candidates[n - 1].mask)
            for n in numbers_said(said.text, len(candidates))
        ]


def numbers_said(text: str, count: int) -> tuple[int, ...]:
    """Return which of so many numbered boxes a reply names, each once.

    Raises:
        ModelError: It is not {"boxes": [numbers]}, or names a box that was not offered.
    """
    reply = strict_json.fields(strict_json.read(text), ("boxes",))
    chosen = strict_json.items(reply["boxes"], count)
    for number in chosen:
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= count:
            raise ModelError(
                f"the model chose {strict_json.excerpt(repr(number))} among boxes 1 to {count}"
            )
    return tuple(dict.fromkeys(chosen))


def _name(phrase: str) -> str:
    """Return what kind of thing a phrase is about: "mug" of "mug with the broken handle"."""
    head = parse_referring(phrase).head
    for word in (" with ", " that ", " which ", " without "):
        head = head.partition(word)[0]
    return strip_article(head) or phrase


def _distinct(detections: Sequence[Detection], least_score: float) -> list[Detection]:
    """Return the best few boxes that differ from each other, the most probable first."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: -d.score):
        far = all(overlap(detection.box_px, other.box_px) < _ALIKE for other in kept)
        if far and least_score <= detection.score:
            kept.append(detection)
    return kept[:MAX_CANDIDATES]
