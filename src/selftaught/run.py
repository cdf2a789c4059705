"""What one run holds: its seed, its model, its engine, its ledger, its meter; and how a model is asked in it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from selftaught.address import Address, derive, run_seed
from selftaught.budget import Amount, Budget, Meter, Spent, reserve
from selftaught.engines.local import LocalEngine
from selftaught.errors import LimitReached, ModelLost
from selftaught.jail.cell import Zygote
from selftaught.keys import without_keys
from selftaught.ledger import Before, Ledger
from selftaught.models import Answer, LanguageModel, Message, Query
from selftaught.task import Scored, Task

if TYPE_CHECKING:
    from selftaught.models.prices import Price

MOST_TEXT = 2**20
"""How many characters a text may have on its way to or from an improver: a solution, a message, an answer."""
SANDBOX_OFF = "sandbox-off"
"""The kind of event that an improver leaves which asked for a score outside of the sandbox."""
MOST_FAILED_IN_A_ROW = 24
"""How many answers may fail one after another before a run gives its model up."""


@dataclass
class RunModel:
    """A language model as a run asks it.

    ``name`` is what improvers call it, ``price`` what it charges (None: not known), ``meter`` has its own limits.
    """

    model: LanguageModel
    name: str = ""
    price: Price | None = None
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        self.name = self.name or self.model.name

    def most(self, query: Query) -> tuple[int, float] | None:
        """The most tokens and US dollars that an answer can come to; None where it has no end that is known."""
        tokens_out = query.answer_tokens or self.model.most_answer_tokens
        if tokens_out is None:
            return None
        tokens_in = query.most_tokens_in
        return tokens_in + tokens_out, self.price.of(tokens_in, tokens_out) if self.price else 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: an answer for each of ``prompts``, from the model at place ``which`` among those of its role."""

    address: Address
    kind: str
    prompts: Sequence[tuple[Message, ...]]
    temperature: float
    model: RunModel
    which: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """One answer of a call: its place, its question, and what was reserved for it (None: the ledger has it).

    ``again`` is of a call that was begun before, by a process that was cut off.
    """

    place: Address
    query: Query
    amount: Amount | None
    again: bool


@dataclass
class Run:
    """Everything that improving and scoring share. Close it when done (:meth:`close`).

    ``models`` are asked by improvers that work on tasks, ``meta_models`` (the same unless given) by improvers that
    work on improvers; an improver may choose, and has the first unless it does. While something is ``paused``, no
    call of a model begins.
    """

    seed: int
    models: tuple[RunModel, ...]
    engine: LocalEngine
    ledger: Ledger
    budget: Budget = field(default_factory=Budget)
    meter: Meter = field(default_factory=Meter)
    told: Callable[[str, dict[str, Any]], None] = lambda kind, facts: None
    meta_models: tuple[RunModel, ...] = ()
    paused: list[asyncio.Future[None]] = field(default_factory=list)
    _missing_in_a_row: int = 0
    _heard: bool = False
    _warm: list[Zygote] = field(default_factory=list)  # none or one
    _once: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    def go_on(self, before: Mapping[str, Before], elapsed_s: float) -> None:
        """Count from what was spent before, on each model by its name, and the seconds that it took."""
        spent, tokens, cost = Spent(), 0, 0.0
        for each in before.values():
            spent.calls += each.spent.calls
            spent.samples += each.spent.samples
            spent.add(each.spent.requests, each.spent.tokens_in, each.spent.tokens_out, each.spent.cost)
            tokens, cost = tokens + each.counted_tokens, cost + each.counted_cost
        self.meter.go_on(spent, tokens, cost, elapsed_s)
        for model in self.all_models:
            if (of_model := before.get(model.name)) is not None:
                model.meter.go_on(*of_model, elapsed_s)

    @property
    def all_models(self) -> list[RunModel]:
        """Each model once."""
        return list({each.name: each for each in (*self.models, *self.meta_models)}.values())

    def models_for(self, task: Scored) -> tuple[RunModel, ...]:
        """The models that an improver may ask while it works on ``task``."""
        return self.meta_models if self.meta_models and task.asks_models else self.models

    def only(self, model: RunModel) -> Run:
        """This run with no other model: all else is the same, limits and ledger too, and is closed with this one."""
        return replace(self, models=(model,), meta_models=())

    def seed_of(self, *parts: object) -> bytes:
        """The seed of a place in this run: never the run's own."""
        return derive(run_seed(self.seed), *parts)

    @property
    def zygote(self) -> Zygote:
        """The warm process that improvers are forked from; a new one if the last was lost."""
        if not self._warm or not self._warm[0].alive:
            for lost in self._warm:
                lost.close()
            self._warm[:] = [Zygote(self.engine.isolation)]
        return self._warm[0]

    def drop(self, zygote: Zygote) -> None:
        """Let go of a warm process that was found damaged, unless another has already taken its place."""
        if self._warm and self._warm[0] is zygote:
            zygote.close()
            self._warm.clear()

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
            # whoever waits for it may be gone before it fails: asyncio must not complain of that to the user
            known.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(known)

    def begun(self, address: Address) -> bool:
        """Whether work at this address was begun by :meth:`once`."""
        return str(address) in self._once

    async def reserve(self, asked: Asked, use: Meter) -> list[Due]:
        """Take what a call can come to at most out of the budgets of this run, its model and this use of an improver.

        What the ledger has costs nothing, and a call that was begun is not counted again. Raises
        :class:`LimitReached`, with nothing spent, where the call would go beyond a limit.
        """
        while self.paused:
            await asyncio.wait(self.paused)
        begun = self.ledger.has_call(asked.address)
        due = []
        for place, query in self._places(asked):
            if begun and self.ledger.answer(place) is not None:
                due.append(Due(place, query, None, begun))
            else:
                most = asked.model.most(query) or (0, 0.0)
                due.append(Due(place, query, Amount(0, 1, *most), begun))
        amounts = [each.amount for each in due if each.amount is not None]
        tokens, cost = sum(each.tokens for each in amounts), sum(each.cost for each in amounts)
        try:
            await reserve(
                (use, self.meter, asked.model.meter), Amount(int(not begun), len(amounts), tokens, cost)
            )
        except LimitReached:
            if asked.model.meter.reached:
                self.meter.reach(asked.model.meter.reached)
            raise
        if not begun:
            tokens, cost = max(each.tokens for each in amounts), max(each.cost for each in amounts)
            self.ledger.add_call(
                asked.address, asked.model.name, asked.kind, len(due), asked.temperature,
                self.budget.answer_tokens, tokens, cost,
            )  # fmt: skip
            self.told("call", {"samples": len(due), "address": str(asked.address), "model": asked.model.name})
        return due

    def ask(
        self, asked: Asked, due: Sequence[Due], use: Meter, spare: Spare | None = None
    ) -> Awaitable[list[Answer]]:
        """One call: what is ``due`` of it, side by side, each answer kept in the ledger before it is returned.

        What the ledger has at an answer's address is not asked for again; of a call that is new, what is ``spare``
        is used, and else the model asked.

        The ledger has each answer whole; of one longer than :data:`MOST_TEXT` only so much is returned.
        """
        waiting = []
        for each in due:
            lent = None
            if each.amount is None:
                lent = self.ledger.answer(each.place)
            elif (
                spare is not None and not each.again and (lent := spare.take(each.place.path[-2])) is not None
            ):
                self.ledger.add_answer(each.place, asked.address, each.query, lent, 0.0)
                self._settle(asked, use, [each.amount], lent)
            waiting.append(_given(lent) if lent is not None else self._answer(asked, each, use))
        return asyncio.gather(*waiting)

    def _places(self, asked: Asked) -> list[tuple[Address, Query]]:
        """Where each answer of a call belongs: below its question, and how often that stands before it in the call.

        So neither the order of answers nor that of threads changes anything.
        """
        keys: dict[tuple[Message, ...], str] = {}
        stands: Counter[str] = Counter()
        places = []
        for messages in asked.prompts:
            if messages not in keys:
                keys[messages] = prompt_key(
                    messages, asked.temperature, self.budget.answer_tokens, asked.which
                )
            key = keys[messages]
            place = asked.address / key / stands[key]
            stands[key] += 1
            seed = int.from_bytes(self.seed_of("answer", place)[:8], "little") >> 1
            query = Query(messages, asked.temperature, self.budget.answer_tokens, seed, str(place))
            places.append((place, query))
        return places

    async def _answer(self, asked: Asked, due: Due, use: Meter) -> Answer:
        assert due.amount is not None
        began, amount = time.monotonic(), due.amount
        meters = (use, self.meter, asked.model.meter)
        reserved = [amount]

        def may_ask_again() -> bool:
            try:
                if not all(meter.has_room(amount) for meter in meters):
                    return False
            except LimitReached:
                return False
            for meter in meters:
                meter.reserve(amount)
            reserved.append(amount)
            return True

        answer: Answer | None = None
        try:
            answer = await asked.model.model.answer(replace(due.query, may_ask_again=may_ask_again))
            cost = answer.cost
            if (
                cost is None
                and asked.model.price is not None
                and None not in (answer.tokens_in, answer.tokens_out)
            ):
                cost = asked.model.price.of(answer.tokens_in or 0, answer.tokens_out or 0)
            answer = replace(
                answer, text=without_keys(answer.text), cause=without_keys(answer.cause), cost=cost
            )
        except ModelLost as lost:
            raise ModelLost(f"{lost}; what was answered is kept in {self.ledger.folder}") from None
        finally:
            self._settle(asked, use, reserved, answer)
        self.ledger.add_answer(due.place, asked.address, due.query, answer, time.monotonic() - began)
        facts = {
            name: getattr(answer, name)
            for name in (
                "outcome", "cause", "text", "tokens_in", "tokens_out", "cost", "possibly_billed", "cached",
            )
        }  # fmt: skip
        self.told("answer", facts | {"address": str(due.place), "model": asked.model.name})
        self._give_up_on_a_lost_model(asked.model, answer)
        return _cut(answer)

    def _settle(self, asked: Asked, use: Meter, reserved: list[Amount], answer: Answer | None) -> None:
        """Count an answer, and at the most that they can have been the tokens and money of it that are not known."""
        each, whole = reserved[0], Amount(0, 0, 0, 0.0)
        for amount in reserved:
            whole = Amount(0, whole.answers + 1, whole.tokens + amount.tokens, whole.cost + amount.cost)
        tokens, cost = each.tokens, each.cost  # cut off: perhaps it was worked on
        if answer is not None:
            if None not in (answer.tokens_in, answer.tokens_out):
                tokens = (answer.tokens_in or 0) + (answer.tokens_out or 0)
            cost = each.cost if answer.cost is None else answer.cost
            tokens += answer.possibly_billed * each.tokens
            cost += answer.possibly_billed * each.cost
        for meter in (use, self.meter, asked.model.meter):
            meter.settle(whole, tokens, cost)
            if answer is not None:
                meter.spent.add(answer.requests, answer.tokens_in, answer.tokens_out, answer.cost)

    def _give_up_on_a_lost_model(self, model: RunModel, answer: Answer) -> None:
        """Raise once nothing but failures has come for long; what one improver's odd queries meet is no sign."""
        self._heard = self._heard or answer.outcome in ("ok", "truncated")
        missing = answer.outcome == "failed" or (answer.outcome == "refused" and not self._heard)
        self._missing_in_a_row = self._missing_in_a_row + 1 if missing else 0
        if self._missing_in_a_row >= MOST_FAILED_IN_A_ROW:
            raise ModelLost(
                f"{model.name} gave no answer {self._missing_in_a_row} times in a row, last: {answer.cause}; "
                f"what was answered is kept in {self.ledger.folder}"
            )

    def event(self, address: Address, kind: str, words: str) -> None:
        """Record something worth knowing, and tell whoever watches."""
        self.ledger.add_event(address, kind, words)
        self.told("event", {"kind": kind, "words": words, "address": str(address)})

    async def close(self) -> None:
        """End every process of the run and let go of the ledger and the model."""
        unfinished = [work for work in self._once.values() if not work.done()]
        for work in unfinished:  # shielded from whoever waited for it, and so not ended by that one's end
            work.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for zygote in self._warm:
            zygote.close()
        await self.engine.close()
        for each in self.all_models:
            await each.model.close()
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
        return replace(answer, tokens_in=0, tokens_out=0, requests=0, possibly_billed=0, cost=0.0)


async def _given(answer: Answer) -> Answer:
    return _cut(answer)


def _cut(answer: Answer) -> Answer:
    """What an improver is given of an answer: not more than :data:`MOST_TEXT` characters."""
    if len(answer.text) <= MOST_TEXT:
        return answer
    cause = f"of {len(answer.text):,} characters the first {MOST_TEXT:,} are given"
    return replace(answer, text=answer.text[:MOST_TEXT], outcome="truncated", cause=cause)


def prompt_key(
    messages: Sequence[Message], temperature: float, answer_tokens: int | None, which: int = 0
) -> str:
    """A short name for what is asked, and of which model, equal for equal questions."""
    asked: list[Any] = [[[m.role, m.content] for m in messages], temperature, answer_tokens]
    if which:
        asked.append(which)
    digest = blake2b(digest_size=8)
    for piece in json.JSONEncoder().iterencode(asked):  # never whole: six times the size, for each sample
        digest.update(piece.encode())
    return digest.hexdigest()
