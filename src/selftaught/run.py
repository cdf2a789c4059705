"""What one run holds: its seed, its model, its engine, its ledger, its meter; and how a model is asked in it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from selftaught.address import Address, derive, run_seed
from selftaught.budget import Budget, RunLimits, RunMeter
from selftaught.engines.local import LocalEngine
from selftaught.errors import ModelLost
from selftaught.jail.cell import Zygote
from selftaught.keys import without_keys
from selftaught.ledger import Ledger
from selftaught.models import Answer, LanguageModel, Message, Query
from selftaught.task import Task

MOST_TEXT = 2**20
"""How many characters a text may have on its way to or from an improver: a solution, a message, an answer."""
MOST_FAILED_IN_A_ROW = 24
"""How many answers may fail one after another before a run gives its model up."""


@dataclass
class Run:
    """Everything that improving and scoring share. Close it when done (:meth:`close`)."""

    seed: int
    model: LanguageModel
    engine: LocalEngine
    ledger: Ledger
    budget: Budget = field(default_factory=Budget)
    meter: RunMeter = field(default_factory=lambda: RunMeter(RunLimits()))
    told: Callable[[str, dict[str, Any]], None] = lambda kind, facts: None
    _missing_in_a_row: int = 0
    _heard: bool = False
    _zygote: Zygote | None = None
    _once: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    def seed_of(self, *parts: object) -> bytes:
        """The seed of a place in this run: never the run's own."""
        return derive(run_seed(self.seed), *parts)

    @property
    def zygote(self) -> Zygote:
        """The warm process that improvers are forked from; a new one if the last was lost."""
        if self._zygote is None or not self._zygote.alive:
            if self._zygote is not None:
                self._zygote.close()
            self._zygote = Zygote(self.engine.isolation)
        return self._zygote

    def drop(self, zygote: Zygote) -> None:
        """Let go of a warm process that was found damaged, unless another has already taken its place."""
        if self._zygote is zygote:
            zygote.close()
            self._zygote = None

    async def prepare(self, task: Task) -> Task:
        """Load the task's scorer in a worker; the task, knowing how much data it has."""
        return replace(task, available=await self.engine.describe(task))

    async def once(self, address: Address, work: Callable[[], Any]) -> Any:
        """The result of ``work()``, which is awaited only the first time that it is asked for by this address.

        What ``work()`` raises before there is anything to wait for is raised at once, and nothing is kept of it.
        """
        known = self._once.get(str(address))
        if known is None:
            known = self._once[str(address)] = asyncio.ensure_future(work())
        return await asyncio.shield(known)

    def ask(
        self,
        address: Address,
        kind: str,
        prompts: Sequence[tuple[Message, ...]],
        temperature: float,
        spare: Spare | None = None,
    ) -> Awaitable[list[Answer]]:
        """One call: an answer for each prompt, side by side, each kept in the ledger before it is returned.

        What the ledger has at an answer's address is not asked for again, and a call that was begun is not counted
        again; where it is new, what is ``spare`` is used.

        The ledger has each answer whole; of one longer than :data:`MOST_TEXT` only so much is returned.

        An answer's place is its prompt and how often that prompt stands before it in the call, so that neither
        the order of answers nor that of threads changes anything. Raises :class:`LimitReached` at once, with
        nothing spent, where the call would go beyond the run's limits: whoever asked may be gone a moment later.
        """
        if self.ledger.has_call(address):
            spare = None
        else:
            self.meter.reserve_call(len(prompts))
            self.ledger.add_call(
                address, self.model.name, kind, len(prompts), temperature, self.budget.answer_tokens
            )
            self.told("call", {"samples": len(prompts)})
        stands: dict[str, int] = {}
        waiting = []
        for messages in prompts:
            key = prompt_key(messages, temperature, self.budget.answer_tokens)
            sample = stands.get(key, 0)
            stands[key] = sample + 1
            place = address / key / sample
            lent = spare.take(key) if spare is not None else None
            if lent is not None:
                self.ledger.add_answer(place, address, messages, self._seed(place), lent, 0.0)
            waiting.append(self._answer(place, address, messages, temperature))
        return asyncio.gather(*waiting)

    def _seed(self, address: Address) -> int:
        return int.from_bytes(self.seed_of("answer", address)[:8], "little") >> 1

    async def _answer(
        self, address: Address, call: Address, messages: tuple[Message, ...], temperature: float
    ) -> Answer:
        answer = self.ledger.answer(address)
        if answer is None:
            seed = self._seed(address)
            began = time.monotonic()
            query = Query(messages, temperature, self.budget.answer_tokens, seed, str(address))
            try:
                answer = await self.model.answer(query)
            except ModelLost as lost:
                raise ModelLost(f"{lost}; what was answered is kept in {self.ledger.folder}") from None
            answer = replace(answer, text=without_keys(answer.text), cause=without_keys(answer.cause))
            self.meter.settle(answer.requests, answer.tokens_in, answer.tokens_out)
            self.ledger.add_answer(address, call, messages, seed, answer, time.monotonic() - began)
            tokens = {"tokens_in": answer.tokens_in, "tokens_out": answer.tokens_out}
            self.told("answer", {"outcome": answer.outcome, "cause": answer.cause, **tokens})
            self._give_up_on_a_lost_model(answer)
        if len(answer.text) > MOST_TEXT:
            cause = f"of {len(answer.text):,} characters the first {MOST_TEXT:,} are given"
            return replace(answer, text=answer.text[:MOST_TEXT], outcome="truncated", cause=cause)
        return answer

    def _give_up_on_a_lost_model(self, answer: Answer) -> None:
        """Raise once nothing but failures has come for long; what one improver's odd queries meet is no sign."""
        self._heard = self._heard or answer.outcome in ("ok", "truncated")
        missing = answer.outcome == "failed" or (answer.outcome == "refused" and not self._heard)
        self._missing_in_a_row = self._missing_in_a_row + 1 if missing else 0
        if self._missing_in_a_row >= MOST_FAILED_IN_A_ROW:
            raise ModelLost(
                f"{self.model.name} gave no answer {self._missing_in_a_row} times in a row, last: {answer.cause}; "
                f"what was answered is kept in {self.ledger.folder}"
            )

    def event(self, address: Address, kind: str, words: str) -> None:
        """Record something worth knowing, and tell whoever watches."""
        self.ledger.add_event(address, kind, words)
        self.told("event", {"kind": kind, "words": words})

    async def close(self) -> None:
        """End every process of the run and let go of the ledger and the model."""
        unfinished = [work for work in self._once.values() if not work.done()]
        for work in unfinished:  # shielded from whoever waited for it, and so not ended by that one's end
            work.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if self._zygote is not None:
            self._zygote.close()
        await self.engine.close()
        await self.model.close()
        self.ledger.close()


class Spare:
    """Answers that were paid for in one use of an improver and that it, run again, may not ask for at their place.

    Each is given once to a new call with the same question, at no cost; whoever asks at its own address has it too.
    """

    def __init__(self, ledger: Ledger, place: Address) -> None:
        self._ledger = ledger
        self._addresses: dict[str, list[str]] = {}
        for address, key in ledger.answers_to(place):
            self._addresses.setdefault(key, []).append(address)
        self.used = 0

    def take(self, key: str) -> Answer | None:
        """An answer to this question, free of charge; None where there is none left."""
        addresses = self._addresses.get(key)
        answer = self._ledger.answer(addresses.pop(0)) if addresses else None
        if answer is None:
            return None
        self.used += 1
        return replace(answer, tokens_in=0, tokens_out=0, requests=0)


def prompt_key(messages: Sequence[Message], temperature: float, answer_tokens: int | None) -> str:
    """A short name for what is asked, equal for equal questions."""
    asked = [[[m.role, m.content] for m in messages], temperature, answer_tokens]
    digest = blake2b(digest_size=8)
    for piece in json.JSONEncoder().iterencode(asked):  # never whole: six times the size, for each sample
        digest.update(piece.encode())
    return digest.hexdigest()
