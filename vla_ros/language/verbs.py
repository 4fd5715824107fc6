"""The verbs: what each asks for, and the ones that are known to be beyond the robot."""

from __future__ import annotations

from enum import Enum

from vla_ros.language.reader import PhraseTable
from vla_ros.language.wording import phrases, words


class Frame(Enum):
    """What a verb takes: its objects, places and directions."""

    TAKE = "pick up something"
    PUT = "put something somewhere"
    PUT_DOWN = "put down something"
    DROP = "drop something, perhaps somewhere"
    MOVE = "move something somewhere or in a direction"
    STACK = "stack something on something"
    PUSH = "push something in a direction or to something"
    OPEN = "open something"
    CLOSE = "close something"
    RELEASE = "let go"
    POINT = "point at something"
    FIND = "say where something is"
    COUNT = "say how many there are"
    DESCRIBE = "describe what is seen"
    HOME = "go home"
    STOP = "stop"
    WANT = "want something somewhere"
    HAND_OVER = "hand something over"


_VERBS: dict[Frame, str] = {
    Frame.TAKE: "pick|pick up|pick out|grab|grab hold of|take|take hold of|lift|lift up|get|"
    "get hold of|fetch|hold|grasp|grip|collect|raise|pluck|seize|retrieve|catch|snatch|grab up|"
    "take up|take out|catch hold of|hoist|hold up|scoop up|scoop|snatch up|lift off",
    Frame.PUT: "put|place|set|lay|deposit|insert|pop|slip|tuck|leave|position|gather|"
    "pick and place|pick and put|pick up and place|"
    "pick up and put|grab and place|grab and put|take and place|take and put|stow|stick|rest",
    Frame.PUT_DOWN: "put down|set down|lay down|place down|put back down|set back down|lower",
    Frame.DROP: "drop|throw|toss|dump|drop off|chuck",
    Frame.MOVE: "move|bring|carry|transfer|transport|relocate|deliver|shift|"
    "pick up and move|grab and move",
    Frame.STACK: "stack|pile|stack up|pile up",
    Frame.PUSH: "push|slide|nudge|shove|drag|pull|scoot",
    Frame.OPEN: "open|open up|pull open",
    Frame.CLOSE: "close|shut|close up|push shut",
    Frame.RELEASE: "release|let go|let go of|let loose|ungrasp|let it go|let them go",
    Frame.POINT: "point at|point to|point towards|point toward|point out|point|show|show me|"
    "show us|indicate|gesture at|gesture to|gesture towards",
    Frame.FIND: "find|locate|look for|search for|find me",
    Frame.COUNT: "count",
    Frame.DESCRIBE: "describe|describe to me|summarize|summarise",
    Frame.HOME: "home|reset|go|return|come|retract|go home|move home|return home|"
    "move back|move the arm|move your arm|move arm|bring the arm|bring your arm|move the robot|"
    "move to home|move to the home|move to your home|bring the arm back",
    Frame.STOP: "stop|halt|freeze|stand still|hold still",
    Frame.WANT: "i want|i would like|i need|can i have|could i have|may i have|i would love",
    Frame.HAND_OVER: "give|hand|pass|hand over|give me|pass me|hand me|bring me|bring us",
}
VERBS = PhraseTable({phrase: frame for frame, text in _VERBS.items() for phrase in phrases(text)})
SINGLE_VERBS = {
    phrase[0]: frame
    for frame, text in _VERBS.items()
    for phrase in phrases(text)
    if len(phrase) == 1
}

_GERUNDS = (
    "picking pick|grabbing grab|taking take|lifting lift|getting get|fetching fetch|holding hold|"
    "grasping grasp|putting put|placing place|setting set|laying lay|dropping drop|moving move|"
    "bringing bring|carrying carry|stacking stack|pushing push|sliding slide|nudging nudge|"
    "opening open|closing close|shutting shut|releasing release|letting let|pointing point|"
    "showing show|going go|returning return|resetting reset|finding find|describing describe|"
    "throwing throw|inserting insert|collecting collect|pulling pull|dragging drag"
)
GERUNDS = {gerund: verb for gerund, verb in phrases(_GERUNDS)}

OTHER_VERBS = words(
    "dance sing jump run walk fly swim eat drink cook bake boil fry wash clean wipe sweep mop dry "
    "cut slice chop peel break smash crush destroy kill hurt hit kick punch slap bite lick kiss "
    "hug shake stir pour fill spill pack unpack wrap unwrap fold unfold sort read write draw "
    "paint erase type sleep wake sit talk speak shout whisper laugh cry think believe build make "
    "create invent assemble disassemble fix repair mend screw unscrew bolt weld solder glue attach "
    "detach connect disconnect plug unplug turn rotate spin flip twist roll tilt swing wave bow "
    "juggle balance bounce climb drive sail ride crawl hide seek chase follow buy sell pay steal "
    "lend borrow play pause rewind record photograph film call phone text email search google "
    "download install delete compute calculate translate explain teach learn study remember forget "
    "love hate hope wish dream guess swap exchange replace remove clear tidy organize organise "
    "empty squeeze press tap touch feel smell taste listen hear watch poke scratch rub polish "
    "scrub rinse soak melt freeze heat cool burn ignite explode shoot stab throw catch attack "
    "water feed iron knit sew shave comb massage serve open close lock unlock enter exit leave "
    "arrive depart visit meet greet marry divorce vote pray begin start finish end continue "
    "proceed wait stay remain keep hang sweep plate pace lend bury dig plant harvest inspect "
    "examine measure weigh scan live reside compare match align straighten become seem appear "
    "contain contains made happen work help obey ignore disobey self know mean say tell ask "
    "was went gone came put"
)
NOUNS_TOO = words(
    "hand grip pop slip position "
    "set can plate iron watch bolt screw plug comb mop plant phone film record glue water drink "
    "tap brush bag stick slide bow roll punch light match empty stack pile"
)
"""Verbs that also name things: inside a noun phrase they are let through."""
