"""The words the grammar knows: articles, numbers, adjectives, relations, directions, fillers."""

from __future__ import annotations

from enum import Enum

from vla_ros.language.reader import PhraseTable
from vla_ros.language.wording import phrases, words
from vla_ros.types import Relation


class Superlative(Enum):
    """What singles one out of many; sides as the viewer sees them.

    NEAREST and FARTHEST are meant with respect to the anchor where there is one, and to the
    viewer otherwise.
    """

    LARGEST = "largest"
    SMALLEST = "smallest"
    TALLEST = "tallest"
    SHORTEST = "shortest"
    LEFTMOST = "leftmost"
    RIGHTMOST = "rightmost"
    NEAREST = "nearest"
    FARTHEST = "farthest"


ARTICLES = words("the a an this that these those my your our his her their its any another")


def strip_article(phrase: str) -> str:
    """Return a phrase without the articles it begins with ("the red cube" is "red cube")."""
    said = phrase.split()
    while len(said) > 1 and said[0].lower() in ARTICLES:
        said.pop(0)
    return " ".join(said)


PRONOUNS = words("it them this that these those one ones they")
VAGUE_COUNTS = words("some several few many most more enough")
VAGUE_THINGS = words(
    "everything anything something nothing stuff whatever everyone someone somebody anyone"
)
NUMBERS = {
    word: number
    for number, (word,) in enumerate(
        phrases("zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve")
    )
}
ORDINALS = {
    word: number
    for number, forms in enumerate(
        phrases(
            "first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th"
        ),
        start=1,
    )
    for word in forms
}
SUPERLATIVES = {
    word: Superlative(form[0])
    for form in phrases(
        "largest biggest bigger larger|smallest tiniest littlest smaller|tallest highest taller|"
        "shortest shorter|leftmost|rightmost|nearest closest nearer closer|"
        "farthest furthest farther further"
    )
    for word in form
}
SIDES = {
    "left": Superlative.LEFTMOST,
    "right": Superlative.RIGHTMOST,
    "front": Superlative.NEAREST,
    "back": Superlative.FARTHEST,
    "rear": Superlative.FARTHEST,
}
UNKNOWN_SUPERLATIVES = words(
    "heavier lighter longest widest thinnest thickest narrowest heaviest lightest darkest "
    "brightest lowest best worst oldest newest cheapest hottest coldest fullest emptiest roundest "
    "last middle least"
)

PURE_COLORS = words(
    "red yellow green blue cyan purple violet pink brown black gray white turquoise magenta beige "
    "golden maroon"
)
COLORS = PURE_COLORS | words("orange silver gold tan")
LARGE_SIZES = words("large big huge giant")
SMALL_SIZES = words("small little tiny mini")
ADJECTIVES = (
    PURE_COLORS
    | LARGE_SIZES
    | SMALL_SIZES
    | words(
        "tall short long wide narrow thin thick wooden metallic round shiny striped dotted soft "
        "hard empty full dark bright transparent opaque colored"
    )
)
STATES = words("open closed upright")
CONTAINERS = words(
    "bowl basket box bin drawer mug cup carton bucket can jar pot pan container crate glass bag "
    "trash tray"
)
TABLES = words("table tabletop desk counter countertop workbench bench surface ground floor")
VIEWER = words("me myself us viewer camera")
ROBOT = words("you yourself robot arm gripper base")
GRIPPER = words("gripper grippers hand hands fingers finger claw claws jaws grip grasp")
PARTS_OF_A_PLACE = words(
    "left right front back middle center corner edge side top bottom end here there way"
)

_RELATIONS: dict[Relation, str] = {
    Relation.IN: "in|into|inside|inside of|within|in to",
    Relation.ON: "on|onto|on top of|on to|upon|atop|atop of|on the top of|on to the top of",
    Relation.NEXT_TO: "next to|beside|besides|by|near|near to|close to|alongside|adjacent to|"
    "by the side of|at the side of|right next to|right beside|to the side of|right by|nearby",
    Relation.LEFT_OF: "left of|to the left of|on the left of|on the left side of|at the left of|"
    "to the left side of|to left of|just left of|on the left hand side of|at the left side of",
    Relation.RIGHT_OF: "right of|to the right of|on the right of|on the right side of|"
    "at the right of|to the right side of|to right of|just right of|on the right hand side of|"
    "at the right side of",
    Relation.IN_FRONT_OF: "in front of|to the front of|at the front of|right in front of|"
    "just in front of|ahead of",
    Relation.BEHIND: "behind|in back of|at the back of|right behind|just behind|to the back of|"
    "to the rear of|in the back of",
    Relation.BETWEEN: "between|in between|in the middle of|halfway between|in the space between|"
    "midway between|right between",
}
RELATIONS = PhraseTable(
    {phrase: relation for relation, text in _RELATIONS.items() for phrase in phrases(text)}
)
MOTIONS = frozenset(phrases("into|in to|onto|on to|on to the top of"))
CONTAINMENT = (Relation.IN, Relation.ON)
SOURCES = PhraseTable(dict.fromkeys(phrases("from|off|off of|out of|from within"), True))
UNKNOWN_RELATIONS = words(
    "under below beneath underneath above over around through against across outside opposite "
    "past beyond along without except besides with than like as about at"
)
DIRECTIONS = PhraseTable(
    {
        phrase: relation
        for relation, text in (
            (
                Relation.LEFT_OF,
                "left|to the left|leftward|leftwards|to your left|to my left|towards the left|"
                "toward the left|to the left side|sideways to the left",
            ),
            (
                Relation.RIGHT_OF,
                "right|to the right|rightward|rightwards|to your right|to my right|"
                "towards the right|toward the right|to the right side|sideways to the right",
            ),
            (
                Relation.IN_FRONT_OF,
                "towards me|toward me|closer to me|nearer to me|closer|nearer|back|"
                "backward|backwards|towards us|toward us|in my direction|towards the viewer|"
                "toward the viewer|towards the camera|toward the camera",
            ),
            (
                Relation.BEHIND,
                "away|forward|forwards|away from me|further away|farther away|further away from me|"
                "farther away from me|farther|further|ahead|away from us|away from the camera",
            ),
        )
        for phrase in phrases(text)
    }
)
ROBOT_DIRECTIONS = PhraseTable(
    dict.fromkeys(
        phrases(
            "towards you|toward you|towards yourself|toward yourself|away from you|"
            "away from yourself|closer to you|towards the robot|toward the robot|"
            "away from the robot"
        ),
        True,
    )
)
ANYWHERE = PhraseTable(
    dict.fromkeys(
        phrases(
            "there|here|over there|over here|somewhere|somewhere else|anywhere|elsewhere|"
            "right there|right here|aside|to the side|out of the way|in its place"
        ),
        True,
    )
)
ASIDE_ON_TABLE = PhraseTable(
    dict.fromkeys(phrases("to one side|down|back down|back down again"), True)
)

FILLERS = PhraseTable(
    dict.fromkeys(
        phrases(
            "please|for me|for us|thanks|thank you|thank you very much|thanks a lot|many thanks|"
            "thank you robot|thanks robot|please robot|"
            "kindly|carefully|gently|slowly|quickly|softly|now|right now|right away|immediately|"
            "at once|just|again|once more|one more time|a bit|a little bit|slightly|if you please|"
            "if you can|if you could|if possible|if you do not mind|if you would|if you will|"
            "if you like|um|uh|uhm|hmm|er|erm|well|hey|hi|hello|okay|oh|alright|all right|yes|"
            "also|too|as well|actually|simply|safely|nicely|directly|straight|really|very|maybe|"
            "perhaps|as soon as possible|as soon as you can|with care|very carefully|i think|"
            "with the gripper|with your gripper|with your hand|with the robot arm|with your arm|"
            "using the gripper|using your gripper|on my behalf|by yourself|by hand|good|great|"
            "yo|hey there|hi there|hello there|please and thank you|please and thanks|"
            "in the scene|in the picture|in view|in the image|quite|"
            "that you see|that you can see|which you can see|my friend|buddy|dear"
        ),
        True,
    )
)
THEN = PhraseTable(
    dict.fromkeys(phrases("next to|and next to|right next to"), False)
    | dict.fromkeys(
        phrases(
            "then|and then|after that|and after that|afterwards|and afterwards|next|and next|"
            "finally|and finally|subsequently|followed by|lastly|and lastly|after this|secondly|"
            "thirdly|first of all|firstly|when you are done|when done|"
            "once you are done|once done|when finished|after you are done|when that is done|"
            "once that is done|when you have done that|once you have done that|and when done|"
            "and when you are done|and once you are done|and once done|later|and later"
        ),
        True,
    )
)
"""Phrases that mean "then"; False marks those that only begin like one."""

STEP_NUMBERS = words("first second third fourth")
CONDITIONS = words(
    "if after unless when whenever while until till before once provided otherwise else because "
    "since whether instead unlike"
)
NEGATIONS = words("not never no nor neither none without except avoid nothing")
WRAPPERS = PhraseTable(
    dict.fromkeys(
        phrases(
            "could you|can you|would you|will you|could you maybe|i want you to|i need you to|"
            "i would like you to|i would love you to|i want to ask you to|you should|you must|"
            "you can|you could|you need to|you have to|let us|we need to|we should|we have to|"
            "i would like to ask you to|i am asking you to|i would appreciate it|you will|"
            "go ahead and|go and|try to|try and|make sure to|be sure to|remember to|proceed to|"
            "your task is to|the task is to|your job is to|be so kind as to|"
            "would you be so kind as to|would you be so kind and|be so kind and|"
            "do me a favor and|would it be possible to|is it possible to|are you able to|"
            "would you be able to|help me to|help me|the robot should|robot should|"
            "the robot must|i wish you to|i need to|it is time to|time to|you are to|"
            "would you like to|do|i ask you to|can we|could we|shall we|may i ask you to|"
            "i want the robot to|let the robot|i would like the robot to|i wonder|i was wondering|"
            "i was hoping|it would be|it would be nice|it would be lovely|it would be helpful|"
            "it would be kind|it would be awesome|i would be happy|i would be glad|"
            "i would be grateful|any chance|is there any chance|i was hoping you could|"
            "i am hoping you could|i would appreciate it very much"
        ),
        False,
    )
    | dict.fromkeys(
        phrases(
            "would you mind|do you mind|mind|how about|what about|start by|begin by|continue by|"
            "go on by|i would appreciate you|try"
        ),
        True,
    )
)
"""What may stand before a verb; True where the verb then is a gerund ("would you mind")."""

VOCATIVES = words("robot robo bot arm computer machine assistant")

RELATIVE_PRONOUNS = words("that which who")
BE = words("is are was were sits stands lies rests stays be being")
POSTURES = words(
    "sitting standing lying laying placed located resting positioned kept found put situated left"
)
CLOSED = (
    PRONOUNS
    | ARTICLES
    | NEGATIONS
    | CONDITIONS
    | RELATIVE_PRONOUNS
    | BE
    | UNKNOWN_RELATIONS
    | VAGUE_COUNTS
    | words(
        "and or but then to towards toward of from off out up down away together there here me "
        "you i he she we us him myself yourself himself herself they am been do does did done "
        "have has had will would shall should could might must may what where when how why whose "
        "whom so such only both all every each either far almost exactly by per via next near "
        "inside within beside behind between left right in into on onto upon atop alongside "
        "please thanks let want need like know think say said tell ask sure itself themselves "
        "forward forwards backward backwards leftward leftwards rightward rightwards sideways "
        "ahead somewhere anywhere elsewhere everywhere aside sitting standing lying laying located "
        "upside resting positioned situated placed cm mm centimeter centimeters centimetre "
        "centimetres millimeter millimeters millimetre millimetres meter meters metre metres inch "
        "inches degree degrees percent"
    )
)
