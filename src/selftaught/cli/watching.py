"""Watching a run: a live view on a terminal, a line now and then elsewhere, and what Ctrl-C leaves behind."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from selftaught.cli.asking import Notice
from selftaught.cli.output import console, isolation_words, note, one_line, show_mean
from selftaught.cli.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from selftaught.stop import Iteration

_EVERY_S = 10.0  # between two plain lines that no iteration asked for


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run; ``str()`` says what is kept, and where."""


@contextmanager
def watching(progress: Progress, first: list[Notice]) -> Iterator[_Watcher]:
    """Give what a run tells its progress to; ``first`` are lines to say once it is under way."""
    live = sys.stderr is not None and sys.stderr.isatty()
    watcher: _Watcher = _Live(progress, first) if live else _Plain(progress, first)
    try:
        with watcher:
            yield watcher
    except KeyboardInterrupt:
        raise Interrupted(_kept(progress)) from None


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error, where that is a terminal, that each call of what is given moves on by one."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _kept(progress: Progress) -> str:
    if not progress.folder:
        return "no run had begun: nothing is kept"
    best = f", the best improver so far is improvers/I{progress.results[-1].t}.py" if progress.results else ""
    mend = f"; `selftaught run --resume {progress.folder}` goes on" if progress.iterations else ""
    return f"what was done is kept in {progress.folder}: ledger.sqlite is whole{best}{mend}"


class _Watcher:
    """Counts, and says ``first`` once work has really begun: input that is wrong is answered by its line alone."""

    def __init__(self, progress: Progress, first: list[Notice]) -> None:
        self.progress = progress
        self._first = first

    def __call__(self, kind: str, facts: dict[str, Any]) -> None:
        self.progress.told(kind, facts)
        if kind == "watch":
            self.say(f"watching: {facts['words']}")
        if kind == "resumed":
            self.say(f"resumed: {self.progress.used()} so far")
        if kind == "opened" and facts["bounded"] is not None:
            words = f"tokens or money are limited: --answer-tokens {facts['bounded']} is taken"
            self._first.append(Notice(f"{words}, so that no answer is longer than what is reserved for it"))
        if kind == "opened" and facts["isolation"] == "weak":
            self._first.append(Notice(f"isolation: {isolation_words('weak')}"))
        if kind in ("score", "iteration"):
            while self._first:
                notice = self._first.pop(0)
                self.say(notice.words)
                notice.said()
        self.show(kind, facts)

    def show(self, kind: str, facts: dict[str, Any]) -> None:
        """Show what has changed."""

    def say(self, words: str) -> None:
        note(words)

    @property
    def ask(self) -> Callable[[str], Awaitable[bool]] | None:
        """Asks on the terminal whether to go on; None where there is none, or another process has it."""
        try:
            terminals = sys.stdin.isatty() and sys.stderr.isatty()
            ours = terminals and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
        except (AttributeError, OSError, ValueError):  # closed, or none
            return None
        return self._asked if ours else None

    async def _asked(self, words: str) -> bool:
        """Ask until the answer is yes or no; the terminal's end is a no."""
        while True:
            note(f"paused by the rule {words}")
            note("go on? y: go on; n: stop here, with what was done kept")
            match (await _line()).strip().lower():
                case "y" | "yes":
                    return True
                case "n" | "no" | "":
                    return False

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


async def _line() -> str:
    """A line from the terminal, without a thread that could not be ended; "" where it has ended."""
    loop, terminal = asyncio.get_running_loop(), sys.stdin.fileno()
    typed: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(os.read(terminal, 1000))

    loop.add_reader(terminal, read)
    try:
        return (await typed).decode("utf-8", "replace")
    finally:
        loop.remove_reader(terminal)


class _Plain(_Watcher):
    """Lines on standard error: one an iteration, and in between one every ten seconds at most."""

    def __init__(self, progress: Progress, first: list[Notice]) -> None:
        super().__init__(progress, first)
        self._last = time.monotonic()

    def show(self, kind: str, facts: dict[str, Any]) -> None:
        if kind == "iteration":
            note(f"{_told_of(facts['iteration'])}; {self.progress.used()}; {self.progress.clock()}")
        elif time.monotonic() - self._last >= _EVERY_S:
            note(self.progress.line())
        else:
            return
        self._last = time.monotonic()


class _Live(_Watcher):
    """A few lines on a terminal that renew themselves, below one line for each iteration that is over."""

    def __init__(self, progress: Progress, first: list[Notice]) -> None:
        from rich.live import Live
        from rich.spinner import Spinner

        super().__init__(progress, first)
        self._spinner = Spinner("dots", speed=0.5)
        self._live = Live(self, console=console(stderr=True), transient=True, refresh_per_second=4)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        progress = self.progress
        self._spinner.update(text=Text(progress.where(), "bold"))
        yield self._spinner
        for line in (progress.tried(), progress.used(), progress.incumbent(), progress.clock()):
            if line:
                yield Text("  " + line, "dim", overflow="ellipsis", no_wrap=True)

    def show(self, kind: str, facts: dict[str, Any]) -> None:
        if kind == "iteration":
            self.say(_told_of(facts["iteration"]))

    def say(self, words: str) -> None:
        self._live.console.print(one_line(words))

    async def _asked(self, words: str) -> bool:
        self._live.stop()
        try:
            return await super()._asked(words)
        finally:
            self._live.start(refresh=True)

    def __enter__(self) -> None:
        self._live.__enter__()

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)


def _told_of(iteration: Iteration) -> str:
    """One line on an iteration that is over."""
    test = f"test {show_mean(iteration.test.mean)}" if iteration.test else "not tested"
    outcome = "" if iteration.t == 0 else "adopted: " if iteration.adopted else "not adopted: "
    return f"I{iteration.t} ({outcome}{iteration.why}): {test}"
