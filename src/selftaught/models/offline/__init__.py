"""``offline``: a language model without weights.

It takes the messages that any model takes and answers as one would: a sentence with an idea, then a whole program in
a fenced block. It knows no language and no task. It finds the first program in the prompt, rewrites its syntax tree
at random (:mod:`~selftaught.models.offline.edits` is the table of what it does), and says in the sentence what it
did. Nothing that the prompt says in words has any effect on it; the temperature sets how bold it is and the query's
seed, which comes from the answer's address, sets everything else. The same query has the same answer on any machine.

It is what runs where there is no key and no network, and it is the control of every experiment: whatever it attains
is attained by search with no knowledge. A model whose results are not above its results has shown nothing.
"""

from __future__ import annotations

import random
import re
from functools import lru_cache

from selftaught.models import Answer, Message, Query
from selftaught.models.offline.edits import revise
from selftaught.models.offline.reading import read_prompt
from selftaught.models.offline.source import Source
from selftaught.models.offline.words import sentence

__all__ = ["OfflineModel", "rewrite"]

_NO_PROGRAM = "I find no Python program in this prompt that I could rewrite, so I have no code to offer."
_NO_EDIT = "I find nothing in this program that I could rewrite; here it is as it was."
_BOLDEST = 2.0
_CHARACTERS_A_TOKEN = 4  # the usual rough estimate for English and code


class OfflineModel:
    """The model without weights, as a :class:`selftaught.models.LanguageModel`."""

    name = "offline"
    concurrency = 1  # an answer is a few milliseconds of this process's time
    most_answer_tokens = 4096

    async def answer(self, query: Query) -> Answer:
        """Answer one query; tokens are estimated from the length of the texts."""
        text = rewrite(_prompt(query.messages), query.temperature, query.seed)
        asked = sum(len(message.content) for message in query.messages) // _CHARACTERS_A_TOKEN
        given = len(text) // _CHARACTERS_A_TOKEN
        most = min(query.answer_tokens or self.most_answer_tokens, self.most_answer_tokens)
        if given > most:
            cut = text[: most * _CHARACTERS_A_TOKEN]
            return Answer(cut, "truncated", f"longer than {most} tokens", asked, most)
        return Answer(text, tokens_in=asked, tokens_out=given)

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def rewrite(prompt: str, temperature: float, seed: int) -> str:
    """Return the answer to ``prompt``: an idea in a sentence, and the first program of the prompt rewritten by it.

    ``temperature`` is at least 0 (one small edit; which one is still the seed's choice), and above 2 the same as 2.
    The text depends on nothing but the three arguments.
    """
    program, others = _programs(prompt)
    if program is None:
        return _NO_PROGRAM
    boldness = min(max(temperature, 0.0), _BOLDEST) if temperature == temperature else 0.0
    revised, ideas = revise(program, others, boldness, random.Random(seed))
    return f"{sentence(ideas) if ideas else _NO_EDIT}\n\n{_fenced(revised.text)}\n"


@lru_cache(
    maxsize=8
)  # of one prompt many answers are asked; what is rewritten is never changed, but written anew
def _programs(prompt: str) -> tuple[Source | None, tuple[Source, ...]]:
    """Return the program to rewrite and the other ones of the prompt."""
    reading = read_prompt(prompt)
    program = Source.read(reading.solution) if reading.solution is not None else None
    return program, tuple(other for text in reading.others if (other := Source.read(text)) is not None)


def _prompt(messages: tuple[Message, ...]) -> str:
    """Return what was asked: all but the system's words, unless there are no others."""
    asked = [message.content for message in messages if message.role != "system"]
    return "\n\n".join(asked or [message.content for message in messages])


def _fenced(program: str) -> str:
    """Return the program in a block whose fence is longer than any in the program."""
    longest = max((len(run) for run in re.findall(r"`+", program)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{program.strip(chr(10))}\n{fence}"
