"""What was heard becomes a command, or is rejected."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vla_ros.language.rule_parser import RuleParser
from vla_ros.language.verbs import VERBS
from vla_ros.sim.materials import COLORS
from vla_ros.sim.objects import CATALOGUE
from vla_ros.speech import grammar
from vla_ros.speech.certainty import Certainty
from vla_ros.speech.dialogue import Manners, SpeechDialogue
from vla_ros.speech.transcriber import Hypothesis
from vla_ros.speech.understanding import Judge, Understood
from vla_ros.speech.vocabulary import DEFAULT_COLORS, DEFAULT_NOUNS, Vocabulary
from vla_ros.speech.wake_word import without_wake_word

JUDGE = Judge(Vocabulary())


def heard(text, confidence=0.9, score=lambda _: None):
    return JUDGE.understand([Hypothesis(text, confidence)], score)


def test_the_default_names_are_those_of_the_simulator():
    assert set(DEFAULT_NOUNS) == {noun for kind in CATALOGUE.values() for noun in kind.nouns}
    assert set(DEFAULT_COLORS) == set(COLORS)


def expand(text, rules, rng):
    """Draw a sentence of a JSGF rule, by hand."""
    text = re.sub(r"/[\d.]+/", "", text)
    while "[" in text:
        text = re.sub(
            r"\[([^\[\]]*)\]", lambda m: m.group(1) if rng.random() < 0.5 else "", text, count=1
        )
    while "<" in text:
        name = re.search(r"<(\w+)>", text).group(1)
        options = [""] if name == "NULL" else rules[name]
        text = text.replace(f"<{name}>", expand(options[rng.integers(len(options))], rules, rng), 1)
    return " ".join(text.split())


def test_every_sentence_of_the_grammar_is_understood():
    jsgf = grammar.command_grammar(Vocabulary())
    rules = {
        name: [option.strip() for option in body.split("|")]
        for name, body in re.findall(r"<(\w+)> = (.*);", jsgf)
    }
    rng, parser = np.random.default_rng(0), RuleParser()
    for _ in range(400):
        said = expand("<opening> <act> <closing>", rules, rng)
        parse = parser.parse(said)
        assert parse.refusal is None, said


def test_every_verb_of_the_grammar_is_one_of_the_language():
    for verb in ("pick up", "grab", "put", "stack", "push", "point at", "open", "close"):
        assert tuple(verb.split()) in VERBS


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Pick up the red cube.", "pick up the red cube"),
        ("Could you put the green can in the bowl, please?", "could you put the green can in the "
         "bowl please"),
        ("what is on the table", "what is on the table"),
        ("STOP!", "stop"),
        ("yes", "yes"),
        ("the left one", "the left one"),
    ],
)  # fmt: skip
def test_commands_stay_as_they_are(said, meant):
    understood = heard(said)
    assert (understood.text, understood.rejected) == (meant, None)
    assert understood.confidence > 0.8


def test_what_is_as_near_to_two_commands_is_neither():
    understood = heard("pick up the bell", score=lambda texts: [-9.0] * len(texts))
    assert understood.text == "pick up the bell"
    assert "'pick up the ball'" in understood.rejected
    assert "'pick up the bowl'" in understood.rejected


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pick up the red qube", "pick up the red cube"),
        ("put the green can in the bascket", "put the green can in the basket"),
        ("push the yellow bananna to the left", "push the yellow banana to the left"),
        ("Now match the pink notebook away.", "now nudge the pink notebook away"),
        (
            "Place the white and can to the right of a screwdriver.",
            "place the white tin can to the right of a screwdriver",
        ),
        ("Put the great brick in the tumblr.", "put the gray brick in the tumbler"),
    ],
)
def test_near_misses_are_snapped(said, meant):
    understood = heard(said)
    assert (understood.text, understood.rejected) == (meant, None)
    assert understood.confidence < heard(meant).confidence


def test_the_recognizers_own_likelihood_chooses_among_near_misses():
    liked = {"pick up the red cup": -1.0}
    understood = heard(
        "pick up the red cube", score=lambda texts: [liked.get(text, -20.0) for text in texts]
    )
    assert understood.text == "pick up the red cup"


def test_commands_that_mean_the_same_count_together():
    """Two wordings of one task are each less likely than another task, together they are more."""
    shares = {"pick up the red cube": 0.3, "pick up a red cube": 0.3, "pick up the red cup": 0.4}
    judge = Judge(Vocabulary(), certainty=Certainty(score_weight=1.0, near_weight=0.0))
    understood = judge.understand(
        [Hypothesis("pick up the red cub", 0.9)],
        lambda texts: [60 + np.log(shares.get(text, 1e-30)) for text in texts],
    )
    assert understood.text in ("pick up the red cube", "pick up a red cube")


def test_further_hypotheses_count():
    judge = Judge(Vocabulary())
    hypotheses = [Hypothesis("rick at the ten", 0.5), Hypothesis("pick up the tin", 0.4)]
    assert judge.understand(hypotheses).text == "pick up the tin"


@pytest.mark.parametrize(
    "said",
    [
        "the weather will be nice tomorrow afternoon",
        "did you see the football game last night",
        "dance with the red cube",
        "pick up the helicopter",
        "ignore the safety gate",
    ],
)
def test_other_speech_is_rejected(said):
    assert heard(said).rejected is not None


def test_silence_invents_nothing():
    assert JUDGE.understand([]) == Understood("", 0.0, "nothing was said")
    assert JUDGE.understand([Hypothesis("  ", 1.0)]).text == ""


def test_little_confidence_is_rejected_but_for_a_stop():
    strict = Judge(Vocabulary(), ask_confidence=0.7)
    for text, is_rejected in (("pick up the red cube", True), ("stop", False)):
        understood = strict.understand([Hypothesis(text, 0.1)])
        assert (understood.rejected is not None) == is_rejected


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=400), st.floats(0, 1))
def test_any_text_is_understood_or_rejected(text, confidence):
    understood = JUDGE.understand([Hypothesis(text[:60], confidence)])
    assert 0.0 <= understood.confidence <= 1.0
    if understood.rejected is None and understood.text not in grammar.ANSWERS:
        assert RuleParser().parse(understood.text).refusal is None or " one" in understood.text


def dialogue():
    return SpeechDialogue(Manners(0.8, 10.0), Vocabulary())


def test_what_is_sure_is_done_and_what_is_not_is_asked():
    talk = dialogue()
    assert talk.hear(Understood("go home", 0.9), 0.0).instruction == "go home"
    asked = talk.hear(Understood("go home", 0.5), 1.0)
    assert asked.instruction is None and asked.say == "Did you say: go home?"
    done = talk.hear(Understood("yes", 0.5), 2.0)
    assert (done.instruction, done.confidence) == ("go home", 1.0)


def test_a_no_or_a_late_yes_does_nothing():
    for answer, now_s in (("no", 2.0), ("yes", 12.0)):
        talk = dialogue()
        talk.hear(Understood("go home", 0.5), 0.0)
        assert talk.hear(Understood(answer, 0.9), now_s).instruction is None
        assert talk.hear(Understood("yes", 0.9), now_s + 1).instruction is None


def test_a_stop_needs_no_confirmation():
    reaction = dialogue().hear(Understood("stop", 0.05), 0.0)
    assert reaction.stop and reaction.instruction == "stop"


def test_talk_among_people_gets_no_answer():
    talk, chatter = dialogue(), Understood("nice weather", 0.9, "I don't understand")
    assert talk.hear(chatter, 0.0, addressed=False).say is None
    assert talk.hear(chatter, 0.0, addressed=True).say is not None


def test_an_answer_to_the_robots_question_passes_and_none_otherwise():
    talk = dialogue()
    assert talk.hear(Understood("the left one", 0.9), 0.0).instruction is None
    talk.asked(1.0)
    assert talk.hear(Understood("the left one", 0.9), 2.0).instruction == "the left one"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("robot, pick up the cube", "pick up the cube"),
        ("Hey robot!", ""),
        ("pick up the cube", None),
        ("the robot is slow", None),
        ("row but pick up the can", "pick up the can"),
        ("red ball", None),
    ],
)
def test_the_wake_word_is_taken_off(text, rest):
    assert without_wake_word(text, "robot") == rest
