"""Language models: one file per kind behind one small protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

AnswerOutcome = Literal["ok", "empty", "refused", "truncated", "failed"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; ``role`` is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a model: one query, one answer.

    ``temperature`` is at least 0; ``answer_tokens`` the most tokens an answer may have, or None for the model's
    own limit; ``seed`` (64 bits, from the answer's address) fixes an answer where the model can be fixed;
    ``address`` is where in a run it is asked, which only a recording looks at. Before a request that may have been
    charged for is made again, ``may_ask_again`` is asked, which says no where the budget has no room for it.
    """

    messages: tuple[Message, ...]
    temperature: float
    answer_tokens: int | None
    seed: int
    address: str = ""
    may_ask_again: Callable[[], bool] = lambda: True

    @property
    def most_tokens_in(self) -> int:
        """More tokens than the messages can have: none of any tokenizer is shorter than a byte."""
        return sum(len(each.content.encode(errors="replace")) + 16 for each in self.messages) + 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one query.

    ``text`` is "" unless ``outcome`` is "ok" or "truncated"; ``cause`` says why in one line where it is not "ok",
    and of any what of the query the model would not take, such as its temperature.
    ``requests`` counts the HTTP exchanges that were made for it, failed ones included (0 for a local model).
    ``possibly_billed`` of them ended without an answer though the server may have worked on them, and will
    perhaps charge for it: cut connections, time-outs, broken answers, 5xx.
    Tokens are the sum over all exchanges that told of any, and None where one that was answered did not.
    ``cost`` is in US dollars, None where it is not known; a run works it out from its model's price. One that is
    ``cached`` was given to an earlier run, and costs nothing.
    """

    text: str
    outcome: AnswerOutcome = "ok"
    cause: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    requests: int = 0
    possibly_billed: int = 0
    cost: float | None = None
    cached: bool = False


class LanguageModel(Protocol):
    """A model that can be asked. ``answer`` may be awaited many times at once.

    ``most_answer_tokens`` is how long an answer may get where the query sets no limit; None where that isn't known.
    """

    name: str
    concurrency: int

    @property
    def most_answer_tokens(self) -> int | None:
        """In tokens."""
        ...

    async def answer(self, query: Query) -> Answer:
        """Answer one query; raise :class:`selftaught.errors.ModelError` only where no later query can succeed."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
