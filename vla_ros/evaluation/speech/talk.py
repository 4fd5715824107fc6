"""Speech that is meant for nobody's robot: talk among people, and words that sound like stops."""

from __future__ import annotations

import numpy as np

_WHO = """
my sister|his brother|the neighbour|our teacher|a friend of mine|the old captain|her uncle
nobody|somebody from the office|the whole family|that young doctor|the driver|his grandmother
everyone at work|the woman next door|their lawyer|the new student|a famous writer|my colleague
the children
"""
_DID = """
wanted to visit|has finally sold|forgot about|is still looking for|cannot remember|talked about
would rather keep|never liked|has always loved|decided to repair|was complaining about
wrote a letter about|might borrow|paid too much for|dreams of|took a photograph of|read about
is worried about|laughed about|has been studying
"""
_WHAT = """
the garden behind the church|a house in the mountains|that strange movie|the football match
an enormous sandwich|the broken window|her first guitar|the price of coffee|an ancient castle
the history of music|a trip to the ocean|the missing keys|a bicycle with three wheels
the weather in november|the winter holidays|a letter from the bank|the birthday party
a cup of strong tea|the noisy elevator|a very long novel|the traffic on the bridge
an expensive camera|the results of the election|the kitchen floor
"""
_WHEN = """
yesterday evening|before breakfast|during the long meeting|on monday morning|last summer
after the concert|while it was raining|for almost seven years|in the middle of the night
since the beginning of april|when the lights went out|without saying a word|at the airport
because of the holidays|as usual|
"""
_ASKED = """
did you hear that|do you think that|they told me that|it seems that|i am sure that|she said that
have you noticed that|we all know that|he pretends that|||
"""
_REMARKS = """
okay that sounds good to me|yes of course|no i do not think so|what time is it|good morning
could you send me the report by friday|the train to london leaves at seven thirty
this coffee tastes really bitter|there was a long line at the bank today|thank you very much
nobody knows how the story ends|let us have lunch around noon|how are you today|excuse me
i have no idea|see you next week|that is really funny|never mind|the bus leaves over there
please close the window it is cold in here
"""
_NEAR_STOPS = """
the top of the page is torn|she bought it in a shop|take one step back|the stock has fallen
put it on top of the others|a drop of water|the shop on the corner sells soap
there was a storm in the north|he is tall and strong|it is hot in here|the salt is on the table
it was his own fault|she taught history for years|the horse jumped over the vault
hold the door open|the old man told a story|his heart was beating fast|they bought a small hut
the trees are very green|feel free to come in|he frees the bird|she likes fries with cheese
the breeze is cool|three of these please|she is free on thursday|they freeload all the time
the altar of a church|a stork stood on the roof|the staff is on strike|all of them are at fault
the river froze last winter|her favourite pop song|this is my last shot|a spot on the carpet
what a stupid mistake|a stack of papers|halfway up the hill|an alternative plan
do shut up at last|he stood up and left
"""


def draw_talk(count: int, seed: int) -> list[str]:
    """Return distinct sentences: eight of ten drawn word by word, the others fixed ones.

    Some of the fixed ones are close to the stop words ("the top of the page"); none holds one.
    """
    rng = np.random.default_rng(seed)
    fixed = [*_lines(_REMARKS), *_lines(_NEAR_STOPS)]
    spoken: dict[str, None] = dict.fromkeys(
        fixed[number] for number in rng.permutation(len(fixed))[: count // 5]
    )
    parts = [_lines(part) for part in (_ASKED, _WHO, _DID, _WHAT, _WHEN)]
    while len(spoken) < count:
        spoken[" ".join(part[int(rng.integers(len(part)))] for part in parts).strip()] = None
    sentences = list(spoken)
    return [sentences[number] for number in rng.permutation(len(sentences))]


def _lines(text: str) -> list[str]:
    return [part.strip() for line in text.strip("\n").split("\n") for part in line.split("|")]
