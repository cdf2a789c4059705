"""What may be spent, and the meters that stop it before it is spent."""

from __future__ import annotations

import threading
import time
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
    """

    calls: int = 4
    samples: int = 6
    scores: int = 0
    answer_tokens: int | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 but got {getattr(self, name)}.")
        if self.scores < 0:
            raise ValueError(f"scores cannot be negative but got {self.scores}.")
        if not self.scores:
            object.__setattr__(self, "scores", self.calls * self.samples + 1)


@dataclass(slots=True)
class Spent:
    """What was spent: calls, samples (answers), HTTP requests, tokens (None once a model did not say), money."""

    calls: int = 0
    samples: int = 0
    requests: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    cost: float | None = None

    def to_json(self) -> dict[str, int | float | None]:
        """The ``spent`` of a summary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What a whole run may spend: model calls, tokens in and out together, seconds; None is no limit."""

    calls: int | None = None
    total_tokens: int | None = None
    time_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "total_tokens", "time_s"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"the limit on {name} must be positive but got {value}.")


@dataclass(slots=True)
class RunMeter:
    """Counts a whole run against its limits. A call is counted before it is made, its tokens once they are known."""

    limits: RunLimits
    spent: Spent = field(default_factory=Spent)
    reached: str = ""
    _known_tokens: int = 0
    _started: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve_call(self, samples: int) -> None:
        """Count a call for ``samples`` answers, or raise :class:`LimitReached` and count nothing."""
        with self._lock:
            limits, spent = self.limits, self.spent
            if limits.calls is not None and spent.calls >= limits.calls:
                self.reached = f"the limit of {limits.calls} model calls"
            if limits.total_tokens is not None and self._known_tokens >= limits.total_tokens:
                self.reached = f"the limit of {limits.total_tokens} tokens"
            self._check_time()
            if self.reached:
                raise LimitReached(f"{self.reached} is reached")
            spent.calls += 1
            spent.samples += samples

    def check(self) -> None:
        """Raise :class:`LimitReached` if a limit has been met."""
        with self._lock:
            self._check_time()
        if self.reached:
            raise LimitReached(f"{self.reached} is reached")

    def settle(self, requests: int, tokens_in: int | None, tokens_out: int | None) -> None:
        """Add what an answer turned out to cost; tokens that are not known make the sum unknown."""
        with self._lock:
            spent = self.spent
            spent.requests += requests
            self._known_tokens += (tokens_in or 0) + (tokens_out or 0)
            spent.tokens_in = _sum(spent.tokens_in, tokens_in)
            spent.tokens_out = _sum(spent.tokens_out, tokens_out)

    def go_on(self, spent: Spent, known_tokens: int, elapsed_s: float) -> None:
        """Count from what was spent before, by a run that was cut off."""
        self.spent, self._known_tokens = spent, known_tokens
        self._started -= elapsed_s

    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def _check_time(self) -> None:
        limit = self.limits.time_s
        if limit is not None and self.elapsed_s() >= limit:
            self.reached = f"the limit of {limit:g} s"


def _sum(total: int | None, more: int | None) -> int | None:
    return None if total is None or more is None else total + more
