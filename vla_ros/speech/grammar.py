"""The command language as a JSGF grammar, for recognisers that need to know what may be said.

The sentences are those that people say most; each of them is one that the rule parser understands,
which a test holds true. A recogniser without a grammar hears the rest of the language too.

Source: Java Speech Grammar Format, Sun Microsystems, 1998.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from vla_ros.language.inflection import plural
from vla_ros.speech.vocabulary import Vocabulary

Rules = Mapping[str, Iterable[str]]

# A number between slashes is how often an alternative is said, relative to its neighbours.
YES = ("yes", "yes please", "yeah", "right", "correct")
ANSWERS = (*YES, "no", "nope", "wrong")
"""What may be said to "did you say ...?"."""

_SENTENCES: Rules = {
    "command": ("/20/ <opening> <act> <closing>", "/1/ <answer>", "/1/ <reply>",
                "/1/ [hey] <wake>"),
    "opening": ("/8/ <NULL>", "/1/ please", "/1/ could you [please]", "/1/ can you [please]",
                "/1/ would you", "/1/ [hey] <wake>", "/1/ now", "/1/ i'd like you to"),
    "closing": ("/8/ <NULL>", "/1/ please", "/1/ for me [please]"),
    "act": ("/6/ <take>", "/10/ <put>", "/2/ <stack>", "/3/ <push>", "/2/ <point>",
            "/1/ <operate>", "/1/ <plain>", "/1/ <ask>", "/1/ <put_down>"),
    "take": ("/8/ <taking> <referred>", "/2/ pick <referred> up", "/1/ <taking> <several>"),
    "taking": ("/4/ pick up", "grab", "take", "lift", "get", "fetch"),
    "put": ("/4/ <putting> <thing> <place> <thing>",
            "/1/ <taking> <thing> and <putting> it <place> <thing>"),
    "putting": ("/4/ put", "/2/ place", "set", "/2/ move", "bring", "drop", "lay"),
    "put_down": ("put it down", "put <thing> down"),
    "place": ("/3/ in", "/2/ into", "inside", "/3/ on", "onto", "on top of", "/2/ <beside>"),
    "beside": ("/2/ next to", "right next to", "beside", "close to", "/2/ to the left of",
               "left of", "on the left side of", "/2/ to the right of", "right of",
               "on the right side of", "/2/ in front of", "/2/ behind"),
    "stack": ("stack <thing> <upon> <thing>",),
    "upon": ("on", "onto", "on top of"),
    "push": ("<pushing> <thing> <way>",),
    "pushing": ("/2/ push", "slide", "nudge"),
    "way": ("/2/ to the left", "left", "/2/ to the right", "right", "towards me", "toward me",
            "away from me", "away"),
    "point": ("point at <referred>", "point to <referred>", "show me <referred>"),
    "operate": ("open <thing>", "close <thing>"),
    "plain": ("go home", "go back home", "return home", "return to the home position",
              "move back to home", "let go", "stop", "halt", "freeze"),
    "ask": ("what is on the table", "where is <thing>", "what color is <thing>",
            "how many <plural> are there", "describe the scene"),
    "referred": ("/8/ <thing>", "/2/ <thing> <beside> <thing>",
                 "/1/ the <ordinal> <name> from the <side>"),
    "ordinal": ("first", "second", "third"),
    "side": ("left", "right"),
    "thing": ("<article> [<order>] <described>",),
    "described": ("[<color>] <name>",),
    "article": ("/6/ the", "/1/ a"),
    "order": ("biggest", "largest", "smallest", "leftmost", "rightmost", "big", "small"),
    "answer": ANSWERS,
    "reply": ("the <color> one", "the left one", "the right one"),
    "several": ("all the [<color>] <plural>", "both [<color>] <plural>"),
}  # fmt: skip


def command_grammar(vocabulary: Vocabulary, spoken: Collection[str] | None = None) -> str:
    """Return the grammar of commands on known things.

    Args:
        vocabulary: What things are called.
        spoken: Words that the recogniser can pronounce; names with others are left out. None for
            all words.
    """
    return _written("command", command_rules(vocabulary, spoken))


def command_rules(vocabulary: Vocabulary, spoken: Collection[str] | None = None) -> Rules:
    """Return the rules of that grammar by name."""
    nouns = speakable(vocabulary.nouns, spoken)
    plurals = speakable((plural(noun) for noun in nouns), spoken)
    return {
        **_SENTENCES,
        "wake": speakable([vocabulary.wake_word], spoken) or ["robot"],
        "name": nouns or ["thing"],
        "plural": plurals or ["things"],
        "color": speakable(vocabulary.colors, spoken) or ["red"],
    }


def spoken_words(vocabulary: Vocabulary) -> frozenset[str]:
    """Return every word of the grammar's sentences and of the names."""
    sentences = " ".join(text for texts in _SENTENCES.values() for text in texts)
    rules = re.sub(r"<[^>]*>|/[^/]*/|[\[\]|]", " ", sentences)
    names = (
        vocabulary.wake_word,
        *vocabulary.nouns,
        *map(plural, vocabulary.nouns),
        *vocabulary.colors,
    )
    return frozenset(" ".join((rules, *names)).split())


def is_reply(text: str, vocabulary: Vocabulary) -> bool:
    """Return whether a text answers which of several things is meant ("the left one")."""
    words = text.lower().strip(" .!").split()
    described = len(words) == 3 and words[0] == "the" and words[2] == "one"
    return described and words[1] in (*vocabulary.colors, "left", "right")


def sentences_grammar(sentences: Iterable[str]) -> str:
    """Return a grammar of whole sentences, of letters and apostrophes only."""
    return _written("command", {"command": sentences})


def speakable(names: Iterable[str], spoken: Collection[str] | None) -> list[str]:
    """Return the names whose every word can be pronounced."""
    return [name for name in names if spoken is None or all(w in spoken for w in name.split())]


def _written(public: str, rules: Rules) -> str:
    lines = ["#JSGF V1.0;", "grammar commands;"]
    for name, alternatives in rules.items():
        scope = "public " if name == public else ""
        lines.append(f"{scope}<{name}> = {' | '.join(alternatives)};")
    return "\n".join(lines) + "\n"
