"""Time that passes without waiting, and event loops without descriptors.

What a program sleeps away takes no time, but all clocks go on by as much, so that deadlines come. An event loop needs
a pair of sockets to be woken by, which a jail refuses; here it waits on an event of threads.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Callable
from typing import Any

real_sleep = time.sleep


class _Clock:
    """How far the program's time is ahead of ours, seconds."""

    ahead = 0.0

    def sleep(self, seconds: float) -> None:
        """Let time pass, and another thread run."""
        real_sleep(min(max(seconds, 0.0), 0.001))
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.ahead += seconds

    def shifted(self, real: Callable[[], Any], scale: int) -> Callable[[], Any]:
        """A clock that is ahead; ``scale`` units make a second."""

        def clock() -> Any:
            return real() + (int(self.ahead * scale) if scale > 1 else self.ahead)

        return clock


clock = _Clock()
_OF_TIME: dict[str, Any] = {
    "sleep": clock.sleep,
    **{name: clock.shifted(getattr(time, name), 1) for name in ("time", "monotonic", "perf_counter")},
    **{
        name: clock.shifted(getattr(time, name), 10**9)
        for name in ("time_ns", "monotonic_ns", "perf_counter_ns")
    },
}


class _Selector(selectors._BaseSelectorImpl):
    """What an event loop waits on where there are no descriptors to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.woken = threading.Event()

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout > 0:
            if not self.woken.wait(0.05 if timeout is None else min(timeout, 0.001)) and timeout:
                clock.ahead += timeout
            self.woken.clear()
        return []


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that is woken without a pair of sockets."""

    def __init__(self, selector: Any = None) -> None:
        self._wake = _Selector()
        super().__init__(self._wake)

    def _make_self_pipe(self) -> None:
        """There is none."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        self._wake.woken.set()


class _Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> Any:
        return _Loop()


def set_once() -> None:
    """In the warm process: event loops."""
    asyncio.set_event_loop_policy(_Policy())


def set_in_jail() -> None:
    """The clocks, which the warm process has use for."""
    clock.ahead = 0.0
    for name, stand_in in _OF_TIME.items():
        setattr(time, name, stand_in)
