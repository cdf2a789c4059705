"""Language models: one file per kind behind one small protocol."""

from __future__ import annotations

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
    ``address`` is where in a run it is asked, which only a recording looks at.
    """

    messages: tuple[Message, ...]
    temperature: float
    answer_tokens: int | None
    seed: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one query.

    ``text`` is "" unless ``outcome`` is "ok" or "truncated"; ``cause`` says why in one line where it is not "ok",
    and of any what of the query the model would not take, such as its temperature.
    ``requests`` counts the HTTP exchanges that were made for it, failed ones included (0 for a local model).
    ``possibly_billed`` of them ended without an answer though the server may have worked on them, and will
    perhaps charge for it: cut connections, time-outs, broken answers, 5xx.
    Tokens are the sum over all exchanges that told of any, and None where one that was answered did not.
    """

    text: str
    outcome: AnswerOutcome = "ok"
    cause: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    requests: int = 0
    possibly_billed: int = 0


class LanguageModel(Protocol):
    """A model that can be asked. ``answer`` may be awaited many times at once."""

    name: str
    concurrency: int

    async def answer(self, query: Query) -> Answer:
        """Answer one query; raise :class:`selftaught.errors.ModelError` only where no later query can succeed."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
