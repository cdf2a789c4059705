"""Work that a program would have other processes do, done here: ``multiprocessing`` and ``ProcessPoolExecutor``.

A process becomes a thread, a pool does its work when it is asked for, what joins processes joins threads. Programs
score in parallel as a rule, and a jail refuses the processes, pipes and semaphores that these are made of. Whatever
waits does so for a second at most.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.thread
import functools
import multiprocessing
import multiprocessing.connection
import multiprocessing.context
import multiprocessing.pool
import multiprocessing.process
import queue
import threading
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selftaught.safety.stage.loops import real_sleep
from selftaught.safety.stage.telling import say

_LONGEST_S = 1.0
_threads: list[threading.Thread] = []


def _start(self: Any) -> None:
    """``Process.start``."""
    say("process", "multiprocessing")

    def run() -> None:
        with suppress(BaseException):
            self.run()

    thread = threading.Thread(target=run, daemon=True)
    self.__dict__["_stand_in"] = thread
    _threads.append(thread)
    thread.start()


def _join(self: Any, timeout: float | None = None) -> None:
    if thread := self.__dict__.get("_stand_in"):
        thread.join(_at_most(timeout))


def _is_alive(self: Any) -> bool:
    return bool((thread := self.__dict__.get("_stand_in")) and thread.is_alive())


def _at_most(timeout: float | None) -> float:
    return _LONGEST_S if timeout is None else min(timeout, _LONGEST_S)


def wait_for_threads() -> None:
    """Give the program's threads half a second each to come to their end."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and (thread in _threads or not thread.daemon):
            with suppress(BaseException):
                thread.join(0.5)


class _Connection:
    """An end of ``multiprocessing.Pipe``."""

    def __init__(self, reads: queue.Queue[Any], writes: queue.Queue[Any]) -> None:
        self._reads, self._writes = reads, writes

    def send(self, value: Any) -> None:
        self._writes.put(value)

    send_bytes = send

    def recv(self, *_: Any) -> Any:
        try:
            return self._reads.get(timeout=_LONGEST_S)
        except queue.Empty:
            raise EOFError from None

    recv_bytes = recv

    def poll(self, timeout: float | None = 0.0) -> bool:
        for _ in range(300 if timeout is None or timeout else 1):
            if not self._reads.empty():
                return True
            real_sleep(0.001)
        return False

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


def _connections(duplex: bool = True) -> tuple[Any, Any]:
    there, back = queue.Queue[Any](), queue.Queue[Any]()
    return _Connection(back, there), _Connection(there, back)


class _Queue(queue.Queue):  # type: ignore[type-arg]
    def get(self, block: bool = True, timeout: Any = None) -> Any:
        return super().get(block, _at_most(timeout))

    def close(self) -> None:
        """Nothing to close."""

    join_thread = cancel_join_thread = close


class _Executor(concurrent.futures.ThreadPoolExecutor):
    """``ProcessPoolExecutor``, with threads."""

    def __init__(self, max_workers: Any = None, mp_context: Any = None, initializer: Any = None,
                 initargs: Any = (), **rest: Any) -> None:  # fmt: skip
        say("process", "concurrent.futures.ProcessPoolExecutor")
        super().__init__(min(max_workers or 2, 8), "pool", initializer, initargs)


class _Pool:
    """``multiprocessing.Pool`` and ``ThreadPool``."""

    def __init__(
        self, processes: Any = None, initializer: Any = None, initargs: Any = (), *_: Any, **rest: Any
    ) -> None:
        if initializer is not None:
            initializer(*initargs)

    def apply(self, function: Any, args: Any = (), kwds: Any = None) -> Any:
        return function(*args, **(kwds or {}))

    def map(self, function: Any, items: Any, chunksize: Any = None) -> Any:
        return [function(item) for item in items]

    imap = imap_unordered = map

    def starmap(self, function: Any, items: Any, chunksize: Any = None) -> Any:
        return [function(*item) for item in items]

    def apply_async(self, function: Any, args: Any = (), kwds: Any = None, callback: Any = None,
                    error_callback: Any = None) -> Any:  # fmt: skip
        return _done(lambda: self.apply(function, args, kwds), callback, error_callback)

    def map_async(self, function: Any, items: Any, chunksize: Any = None, callback: Any = None,
                  error_callback: Any = None) -> Any:  # fmt: skip
        return _done(lambda: self.map(function, items), callback, error_callback)

    def starmap_async(self, function: Any, items: Any, chunksize: Any = None, callback: Any = None,
                      error_callback: Any = None) -> Any:  # fmt: skip
        return _done(lambda: self.starmap(function, items), callback, error_callback)

    def close(self) -> None:
        """Nothing runs."""

    join = terminate = close

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs."""


def _done(work: Callable[[], Any], callback: Any, error_callback: Any) -> Any:
    """``AsyncResult`` of work that is done at once."""
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    try:
        future.set_result(work())
        if callback is not None:
            callback(future.result())
    except Exception as problem:  # noqa: BLE001  as a pool keeps whatever its work raises
        future.set_exception(problem)
        if error_callback is not None:
            error_callback(problem)
    return types.SimpleNamespace(
        wait=lambda timeout=None: None,
        ready=lambda: True,
        get=lambda timeout=None: future.result(),
        successful=lambda: future.exception() is None,
    )


_OF_CONTEXT: dict[str, Callable[..., Any]] = {
    "Pipe": lambda self, duplex=True: _connections(duplex),
    "Queue": lambda self, *a: _Queue(), "SimpleQueue": lambda self: _Queue(),
    "JoinableQueue": lambda self, *a: _Queue(),
    "Lock": lambda self: threading.Lock(), "RLock": lambda self: threading.RLock(),
    "Event": lambda self: threading.Event(), "Semaphore": lambda self, n=1: threading.Semaphore(n),
    "Value": lambda self, kind, *a, **k: types.SimpleNamespace(value=a[0] if a else 0),
    "Pool": lambda self, *a, **k: _Pool(*a, **k),
}  # fmt: skip


def set_once() -> None:
    """In the warm process, which has no use for any of it."""
    process: Any = multiprocessing.process.BaseProcess
    process.start, process.join, process.is_alive = _start, _join, _is_alive
    process.terminate = process.kill = process.close = lambda self: None
    process.exitcode = property(lambda self: 0)
    for name, made in _OF_CONTEXT.items():
        setattr(multiprocessing.context.BaseContext, name, made)
        setattr(multiprocessing, name, functools.partial(made, None))
    multiprocessing.connection.Pipe = _connections
    multiprocessing.pool.ThreadPool = multiprocessing.pool.Pool = _Pool  # type: ignore[assignment,misc]
    concurrent.futures.ProcessPoolExecutor = _Executor  # type: ignore[misc,assignment]
