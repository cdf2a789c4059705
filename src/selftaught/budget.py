"""What may be spent, and the meters that stop it before it is spent.

Calls, tokens and money are reserved before a call is made, at the most that it can come to, and settled once it is
known what it came to; so calls in parallel cannot spend the same last dollar twice. A call that only finds no room
because of what is in flight waits until that is settled.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from selftaught.errors import LimitReached


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use on one instance: CPU seconds, wall seconds, MiB of memory beyond the interpreter's.

    The wall clock stands still while the trusted side works; it is there for programs that sleep, and by default
    lenient, so that a busy machine does not change a score.
    """

    cpu_s: float = 1.0
    wall_s: float = 0.0
    memory_mb: int = 256

    def __post_init__(self) -> None:
        for name, low, high in (("cpu_s", 0, 86400), ("memory_mb", 0, 2**20)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low < value <= high:
                raise ValueError(f"{name} must be a number above {low} and at most {high} but got {value!r}.")
        wall_s = self.wall_s
        if isinstance(wall_s, bool) or not isinstance(wall_s, (int, float)) or not 0 <= wall_s <= 10**6:
            raise ValueError(f"wall_s must be a positive number of at most {10**6} but got {wall_s!r}.")
        if not self.wall_s:
            object.__setattr__(self, "wall_s", 10 * self.cpu_s + 5)


@dataclass(frozen=True, slots=True)
class Budget:
    """What one use of an improver may spend.

    ``calls`` of the language model, each for at most ``samples`` answers of at most ``answer_tokens`` tokens (None:
    the model's own limit); ``scores`` asked of the utility, calls x samples + 1 unless given (the paper's choice).
    ``tokens`` in and out together, ``cost`` in US dollars and ``time_s`` in seconds of waiting and all, where they
    are to be limited too.
    """

    calls: int = 4
    samples: int = 6
    scores: int = 0
    answer_tokens: int | None = None
    tokens: int | None = None
    cost: float | None = None
    time_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 but got {getattr(self, name)}.")
        if self.scores < 0:
            raise ValueError(f"scores cannot be negative but got {self.scores}.")
        if not self.scores:
            object.__setattr__(self, "scores", self.calls * self.samples + 1)
        for name in ("answer_tokens", "tokens", "cost", "time_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be positive but got {value}.")

    @property
    def limits(self) -> RunLimits:
        """What is limited besides calls and scores, which an improver is told of."""
        return RunLimits(None, self.tokens, self.time_s, self.cost)


@dataclass(slots=True)
class Spent:
    """What was spent: calls, samples (answers), HTTP requests, tokens and US dollars.

    Tokens are None once a model did not say, dollars once the price of an answer is not known.
    """

    calls: int = 0
    samples: int = 0
    requests: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    cost: float | None = 0.0

    def to_json(self) -> dict[str, int | float | None]:
        """The ``spent`` of a summary."""
        return {name: getattr(self, name) for name in self.__slots__}

    def add(self, requests: int, tokens_in: int | None, tokens_out: int | None, cost: float | None) -> None:
        """Add an answer, which was counted when it was asked for; what is not known makes the sum unknown."""
        self.requests += requests
        self.tokens_in = None if None in (self.tokens_in, tokens_in) else self.tokens_in + tokens_in  # type: ignore[operator]
        self.tokens_out = None if None in (self.tokens_out, tokens_out) else self.tokens_out + tokens_out  # type: ignore[operator]
        self.cost = None if None in (self.cost, cost) else self.cost + cost  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class RunLimits:
    """The most that may be spent: calls, tokens in and out together, seconds, US dollars; None is no limit."""

    calls: int | None = None
    total_tokens: int | None = None
    time_s: float | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "total_tokens", "time_s", "cost"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"the limit on {name} must be positive but got {value}.")

    def __bool__(self) -> bool:
        return self != RunLimits()

    @property
    def bounds_answers(self) -> bool:
        """Whether the most that an answer can come to must be known before it is asked for."""
        return self.total_tokens is not None or self.cost is not None


@dataclass(frozen=True, slots=True)
class Amount:
    """The most that ``answers``, of a call that is new or was begun before (``calls`` 1 or 0), can come to.

    Tokens in and out together, and US dollars; 0 where neither is limited and so it need not be known.
    """

    calls: int
    answers: int
    tokens: int
    cost: float


_CENT = 1e-9  # sums of many small amounts are not exact


@dataclass(slots=True)
class Meter:
    """Counts against limits: those of a whole run, of one of its models, or of one use of an improver.

    ``counted_tokens`` and ``counted_cost`` are what counts against the limits: what is known, and the most that it
    can have been where it is not, or where a request went unanswered and may be charged for. ``reached`` says
    which limit was met, "" until then; nothing is spent from then on.
    """

    limits: RunLimits = field(default_factory=RunLimits)
    whose: str = ""  # for messages: "of the model openai:..."
    spent: Spent = field(default_factory=Spent)
    reached: str = ""
    counted_tokens: int = 0
    counted_cost: float = 0.0
    _reserved_tokens: int = 0
    _reserved_cost: float = 0.0
    _in_flight: int = 0
    _started: float = field(default_factory=time.monotonic)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def has_room(self, amount: Amount) -> bool:
        """Whether ``amount`` fits now; False where only what is in flight stands in its way.

        Raises :class:`LimitReached` where it will never fit.
        """
        limits = self.limits
        self.check_time()
        if not self.reached and limits.calls is not None and self.spent.calls + amount.calls > limits.calls:
            self.reach(f"the limit of {limits.calls} model calls")
        self.check()
        room = True
        if limits.total_tokens is not None:
            left = limits.total_tokens - self.counted_tokens - amount.tokens
            if left < 0:  # what was counted never becomes less
                self.reach(
                    f"the limit of {limits.total_tokens} tokens", _would(amount, f"{amount.tokens:,} tokens")
                )
            room = left >= self._reserved_tokens
        if limits.cost is not None:
            left_cost = limits.cost - self.counted_cost - amount.cost + _CENT
            if left_cost < 0:
                self.reach(f"the limit of {money(limits.cost)}", _would(amount, money(amount.cost)))
            room = room and left_cost >= self._reserved_cost
        self.check()
        return room

    def reserve(self, amount: Amount) -> None:
        """Take ``amount`` out of what is left, which has room for it."""
        self.spent.calls += amount.calls
        self.spent.samples += amount.answers if amount.calls else 0
        self._in_flight += amount.answers
        self._reserved_tokens += amount.tokens
        self._reserved_cost += amount.cost

    def settle(self, reserved: Amount, tokens: int, cost: float) -> None:
        """Count what came of ``reserved`` at what it came to, and let those who wait for room look again."""
        self._in_flight -= reserved.answers
        self._reserved_tokens -= reserved.tokens
        self._reserved_cost = self._reserved_cost - reserved.cost if self._in_flight else 0.0
        self.counted_tokens += tokens
        self.counted_cost += cost
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def settled(self) -> None:
        """Wait until something that was reserved is settled."""
        self._waiting.append(asyncio.get_running_loop().create_future())
        await self._waiting[-1]

    def check(self) -> None:
        """Raise :class:`LimitReached` if a limit has been met."""
        self.check_time()
        if self.reached:
            raise LimitReached(f"{self.reached} is reached")

    def check_time(self) -> None:
        """Note that the limit on time has been met, if it has."""
        limit = self.limits.time_s
        if limit is not None and self.elapsed_s() >= limit and not self.reached:
            self.reach(f"the limit of {limit:g} s")

    @property
    def out_of_time(self) -> bool:
        """Whether the limit on time has been met: the only one that also ends what costs nothing but time."""
        return self.limits.time_s is not None and self.elapsed_s() >= self.limits.time_s

    def reach(self, limit: str, why: str = "") -> None:
        """Note that a limit has been met; the first stays."""
        self.reached = self.reached or f"{limit}{self.whose}{why}"

    def go_on(self, spent: Spent, counted_tokens: int, counted_cost: float, elapsed_s: float) -> None:
        """Count from what was spent before, by a run that was cut off."""
        self.spent, self.counted_tokens, self.counted_cost = spent, counted_tokens, counted_cost
        self._started -= elapsed_s

    def elapsed_s(self) -> float:
        """Seconds since what is counted began."""
        return time.monotonic() - self._started


async def reserve(meters: Sequence[Meter], amount: Amount) -> None:
    """Take ``amount`` out of all ``meters``, or out of none: then :class:`LimitReached`, from the first without room.

    Waits while only what is in flight stands in the way. Whoever is cancelled while it waits has taken nothing.
    """
    while (full := next((meter for meter in meters if not meter.has_room(amount)), None)) is not None:
        await full.settled()
    for meter in meters:
        meter.reserve(amount)


def money(dollars: float) -> str:
    """``$12.30``, ``$0.0042``, ``$0.00001``: cents, and of what is below a dollar three digits that say something."""
    if dollars >= 1 or dollars <= 0:
        return f"${dollars:,.2f}"
    whole, _, part = f"{dollars:.{max(4, 2 - math.floor(math.log10(dollars)))}f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


def _would(amount: Amount, much: str) -> str:
    """Why less than nothing would be left: said, since what was spent is then below the limit."""
    answers = "1 answer" if amount.answers == 1 else f"{amount.answers} answers"
    return f" (what is left of it is less than {answers} may take, {much})"
