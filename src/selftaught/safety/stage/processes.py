"""Processes that are never started. What each would run is told; it ends at once, well, without output.

``os`` and ``subprocess``, for programs by their name. A fork, on one decoy, comes back as the child: it is the same
process, which goes on until it would end.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selftaught.safety.stage.files import files
from selftaught.safety.stage.telling import frame_at, lines_of, marked, say, words

_PID = 4711


def tell_of_process(how: str, what: Any, lines: list[int]) -> None:
    """Tell of a process, and whether it runs a decoy's program, which may be in a file that it is given."""
    command = words(what)
    if marked(command) or any(
        path.rpartition("/")[2] in command and marked(content) for path, content in files.content.items()
    ):
        say("executes", f"a decoy's program is run by a process of its own ({how})", lines)
    else:
        say("process", f"{how} {command}", lines)


class _Popen:
    """``subprocess.Popen``."""

    pid, returncode = _PID, 0

    def __init__(self, args: Any, *_: Any, stdin: Any = None, stdout: Any = None, stderr: Any = None,
                 text: Any = None, universal_newlines: Any = None, encoding: Any = None, **_more: Any
                 ) -> None:  # fmt: skip
        self.args = args
        self._text = bool(text or universal_newlines or encoding)
        self._lines = lines_of(frame_at(1))
        tell_of_process("subprocess", args if isinstance(args, (list, tuple)) else [args], self._lines)
        inner = self

        class Input(io.BytesIO):
            def write(self, data: Any) -> int:
                inner._given(data)
                return len(data)

        made: Any = Input()
        self.stdin = (
            (io.TextIOWrapper(made, "utf-8", write_through=True) if self._text else made) if stdin else None
        )
        if hasattr(stdin, "read") and not isinstance(stdin, int):
            with suppress(Exception):
                stdin.seek(0)
                self._given(stdin.read())
        empty = io.StringIO if self._text else io.BytesIO
        self.stdout: Any = empty() if stdout else None
        self.stderr: Any = empty() if stderr else None

    def _given(self, data: Any) -> None:
        if marked(data):
            say(
                "executes",
                "a decoy's program is given to a process of its own",
                lines_of(frame_at(1)) or self._lines,
            )

    def communicate(self, input: Any = None, timeout: Any = None) -> Any:
        if input is not None:
            self._given(input)
        nothing: Any = "" if self._text else b""
        return (nothing if self.stdout is not None else None), (nothing if self.stderr is not None else None)

    def wait(self, timeout: Any = None) -> int:
        return 0

    def poll(self) -> int:
        return 0

    def kill(self) -> None:
        """It does not run."""

    terminate = kill

    def send_signal(self, number: int) -> None:
        """It does not run."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to wait for."""

    def __class_getitem__(cls, item: Any) -> Any:  # for annotations
        return cls


async def _started_by_asyncio(*args: Any, **kwargs: Any) -> Any:
    process = _Popen(list(args), stdin=-1, stdout=-1, stderr=-1)
    communicate = process.communicate

    class Process:
        pid, returncode = _PID, 0
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr

        async def communicate(self, input: Any = None) -> Any:
            return communicate(input)

        async def wait(self) -> int:
            return 0

        def kill(self) -> None:
            """It does not run."""

        terminate = kill

    return Process()


def _started(how: str) -> Callable[..., int]:
    def stand_in(*args: Any, **kwargs: Any) -> int:
        tell_of_process(how, args, lines_of(frame_at(1)))
        return 0

    return stand_in


def _fork(child: bool) -> Callable[[], int]:
    def fork() -> int:
        say("process", "os.fork")
        return 0 if child else _PID

    return fork


class Unwound(BaseException):
    """``os._exit``, in a process that is none."""


def _exit(code: int = 0) -> None:
    raise Unwound(code)


_OF_OS: dict[str, Any] = {
    "waitpid": lambda pid, options=0: (pid, 0), "wait": lambda: (_PID, 0), "_exit": _exit,
    **{
        name: _started(f"os.{name}")
        for name in ("system", "posix_spawn", "posix_spawnp", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv",
                     "spawnve", "spawnvp", "spawnvpe", "kill", "killpg", "execv", "execve", "execl", "execle",
                     "execlp", "execlpe", "execvp", "execvpe")
    },
}  # fmt: skip


def set_once() -> None:
    """In the warm process: ``subprocess`` and asyncio's."""
    subprocess.Popen = _Popen  # type: ignore[assignment,misc]
    asyncio.create_subprocess_exec = asyncio.create_subprocess_shell = _started_by_asyncio


def set_in_jail(child: bool) -> None:
    """The functions of ``os``, which the warm process has use for."""
    for name, stand_in in _OF_OS.items():
        setattr(os, name, stand_in)
    os.fork = _fork(child)
