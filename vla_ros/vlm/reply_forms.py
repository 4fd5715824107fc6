"""What a reply must look like: a JSON schema for servers, a pattern for decoding here.

Both say the same. A server that keeps to the schema and a decoder that keeps to the pattern make
wrong replies rare; what arrives is parsed as strictly as if neither had been there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vla_ros.types import Relation, Skill
from vla_ros.vlm.box_texts import MAX_BOXES, BoxFormat, box_pattern

MAX_ANSWER = 400
MAX_PHRASE = 120
MAX_REASON = 200
MAX_STEPS = 12
MAX_COUNT = 20
ASKABLE_SKILLS = tuple(skill for skill in Skill if skill is not Skill.STOP)
"""What a model may make of an instruction; stop is found by rules, before any model is asked."""

_BOXED = {
    BoxFormat.PIXEL_JSON: "bbox_2d",
    BoxFormat.THOUSAND_JSON: "bbox_2d",
    BoxFormat.BOX_2D_JSON: "box_2d",
}
_WORDS = r'[^"\\\x00-\x1f<>{}\[\]]'


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The form of a reply.

    Attributes:
        name: What a server calls the schema.
        pattern: Regular expression that the whole reply matches.
        max_tokens: Longer replies are cut off, which makes them invalid.
        schema: The same as a JSON schema, without the keywords that hosted servers refuse (such as
            maxLength); None where the reply is no JSON. Its root is an object, as servers demand;
            `unwrap` names the field that holds what the pattern describes.
        unwrap: That field, or empty.
    """

    name: str
    pattern: str
    max_tokens: int
    schema: dict[str, Any] | None = None
    unwrap: str = ""


def boxes_form(box_format: BoxFormat, label: str) -> ReplyForm:
    """Return the form of a reply with boxes.

    Args:
        box_format: How the model's family writes them.
        label: What each is called, in plain text; decoding here writes no other label.
    """
    key = _BOXED.get(box_format)
    schema = None
    if key is not None:
        row = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
        box = _object({key: row, "label": {"type": "string"}})
        schema = _object({"boxes": {"type": "array", "items": box, "maxItems": MAX_BOXES}})
    return ReplyForm("boxes", box_pattern(box_format, label), 1024, schema, "boxes")


def choice_form(count: int) -> ReplyForm:
    """Return the form of a choice among so many numbered boxes: {"boxes": [1, 3]}."""
    number = "|".join(str(n) for n in range(1, count + 1))
    some = rf"(?:{number})(?:, (?:{number})){{0,{count - 1}}}"
    numbers = {"type": "array", "items": {"type": "integer"}, "maxItems": count}
    return ReplyForm("choice", rf'\{{"boxes": \[(?:{some})?\]\}}', 128, _object({"boxes": numbers}))


def answer_form() -> ReplyForm:
    """Return the form of an answer to a question: one line of text."""
    return ReplyForm("answer", rf"[^\n<>|]{{1,{MAX_ANSWER}}}", 200)


def tasks_form() -> ReplyForm:
    """Return the form of an instruction understood: steps, or a refusal, or a question."""
    skills = [skill.value for skill in ASKABLE_SKILLS]
    relations = [relation.value for relation in Relation]
    step = _object(
        {
            "skill": {"type": "string", "enum": skills},
            "object": _or_null({"type": "string"}),
            "destination": _or_null({"type": "string"}),
            "relation": _or_null({"type": "string", "enum": relations}),
            "count": _or_null({"type": "integer"}, {"type": "string", "enum": ["all"]}),
            "question": _or_null({"type": "string"}),
        }
    )
    schema = _object(
        {
            "steps": {"type": "array", "items": step, "maxItems": MAX_STEPS},
            "refusal": _or_null({"type": "string"}),
        }
    )
    phrase = rf'(?:null|"{_WORDS}{{1,{MAX_PHRASE}}}")'
    reason = rf'(?:null|"{_WORDS}{{1,{MAX_REASON}}}")'
    item = (
        rf'\{{"skill": "(?:{"|".join(skills)})", "object": {phrase}, "destination": {phrase}, '
        rf'"relation": (?:null|"(?:{"|".join(relations)})"), '
        rf'"count": (?:null|"all"|[1-9]|1\d|20), "question": {reason}\}}'
    )
    steps = rf"\[(?:{item}(?:, {item}){{0,{MAX_STEPS - 1}}})?\]"
    return ReplyForm("tasks", rf'\{{"steps": {steps}, "refusal": {reason}\}}', 1024, schema)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(*schemas: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [*schemas, {"type": "null"}]}
