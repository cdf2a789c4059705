"""Files, folders and pipes that exist only here, in memory: a jail has none, and refuses those that would be written.

A program that keeps scores in a temporary file goes on; one that writes a decoy's program to a file and starts it is
known by the file's content. What is written outside of temporary folders is told. Reading what was not written here
is left to the jail, and to the hook, which tells of it.
"""

from __future__ import annotations

import builtins
import functools
import importlib.machinery
import io
import os
import queue
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from selftaught.safety.stage.telling import say

_FIRST_PSEUDO = 1000  # descriptors from here on are files that exist only here
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/proc/self/fd/1")
_real_open, _real_stat = io.open, os.stat
_real_read, _real_write, _real_close = os.read, os.write, os.close


class _Files:
    """What the program has written, by path."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.folders: set[str] = set()
        self.by_number: dict[int, Any] = {}
        self.count = 0

    def path(self, path: Any) -> str:
        if isinstance(path, int):
            return f"/proc/self/fd/{path}"
        text = os.fsdecode(path)
        if text.startswith("/dev/fd/"):
            text = "/proc/self/fd/" + text.removeprefix("/dev/fd/")
        return "/" + os.path.normpath(f"/{text}").lstrip("/")

    def has(self, path: Any) -> bool:
        with suppress(TypeError, ValueError):
            at = self.path(path)
            return at in self.content or at in self.folders
        return False

    def name(self, folder: str | None, prefix: str | None, suffix: str | None) -> str:
        self.count += 1
        return f"{folder or '/tmp'}/{prefix or 'tmp'}{self.count:06x}{suffix or ''}"

    def number(self, opened: Any) -> int:
        number = _FIRST_PSEUDO + len(self.by_number)
        self.by_number[number] = opened
        return number


files = _Files()


class _File(io.BytesIO):
    def __init__(self, path: str, mode: str, content: bytes) -> None:
        super().__init__(b"" if "w" in mode or "x" in mode else content)
        if "a" in mode:
            self.seek(0, 2)
        self.name = path
        self._path = path
        self.number = 0

    def write(self, data: Any) -> int:
        written = super().write(data)
        files.content[self._path] = self.getvalue()
        return written

    def fileno(self) -> int:
        self.number = self.number or files.number(self)
        return self.number


def _open(file: Any, mode: Any = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
          newline: Any = None, closefd: bool = True, opener: Any = None) -> Any:  # fmt: skip
    real = functools.partial(_real_open, file, mode, buffering, encoding, errors, newline, closefd, opener)
    if isinstance(file, int) and file < _FIRST_PSEUDO:
        return real()
    if isinstance(file, int) and isinstance(files.by_number.get(file), _File):
        opened = files.by_number[file]
        return opened if "b" in mode else io.TextIOWrapper(opened, "utf-8", write_through=True)
    if not isinstance(file, (str, bytes, os.PathLike, int)) or not isinstance(mode, str):
        return real()
    path = files.path(file)
    writes = any(letter in mode for letter in "wax+")
    if not writes and path not in files.content:
        return real()
    if writes:
        if not path.startswith(_TEMPORARY):
            say("writes", path)
        files.content.setdefault(path, b"")
        if "w" in mode:
            files.content[path] = b""
    made = _File(path, mode, files.content[path])
    if "b" in mode:
        return made
    return io.TextIOWrapper(made, encoding or "utf-8", errors, newline, write_through=True)


def _stat(path: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(path, int) and files.has(path):
        at = files.path(path)
        mode = 0o040755 if at in files.folders else 0o100644
        size = len(files.content.get(at, b""))
        return os.stat_result((mode, 1, 1, 1, 0, 0, size, 0, 0, 0))
    return _real_stat(path, *args, **kwargs)


def _temporary(mode: str = "w+b", buffering: int = -1, encoding: Any = None, newline: Any = None, suffix: Any = None,
               prefix: Any = None, dir: Any = None, *args: Any, errors: Any = None, **rest: Any) -> Any:  # fmt: skip
    return _open(files.name(dir, prefix, suffix), mode, buffering, encoding, errors, newline)


def _mkstemp(suffix: Any = None, prefix: Any = None, dir: Any = None, text: bool = False) -> Any:
    opened = _open(files.name(dir, prefix, suffix), "w+b")
    return opened.fileno(), opened.name


def _mkdtemp(suffix: Any = None, prefix: Any = None, dir: Any = None) -> str:
    folder = files.name(dir, prefix, suffix)
    files.folders.add(folder)
    return folder


class _Folder:
    """``tempfile.TemporaryDirectory``."""

    def __init__(self, suffix: Any = None, prefix: Any = None, dir: Any = None, **_: Any) -> None:
        self.name = _mkdtemp(suffix, prefix, dir)

    def __enter__(self) -> str:
        return self.name

    def __exit__(self, *_: object) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Nothing is left to clean."""


def _memfd(name: str, flags: int = 0) -> int:
    number = _FIRST_PSEUDO + len(files.by_number)
    opened = _open(f"/proc/self/fd/{number}", "w+b")
    opened.number = files.number(opened)
    return int(opened.number)


class _Pipe:
    def __init__(self) -> None:
        self.parts: queue.Queue[bytes] = queue.Queue()


def _pipe(*_: Any) -> tuple[int, int]:
    pipe = _Pipe()
    return files.number(pipe), files.number(pipe)


def _write(number: int, data: Any) -> int:
    opened = files.by_number.get(number)
    if opened is None:
        return _real_write(number, data)
    if isinstance(opened, _Pipe):
        opened.parts.put(bytes(data))
        return len(data)
    return int(opened.write(data))


def _read(number: int, size: int) -> bytes:
    opened = files.by_number.get(number)
    if opened is None:
        return _real_read(number, size)
    if isinstance(opened, _Pipe):
        return b"" if opened.parts.empty() else opened.parts.get()
    return bytes(opened.read(size))


def _close(number: int) -> None:
    if number not in files.by_number:
        _real_close(number)


def _removed(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def stand_in(path: Any, *args: Any, **kwargs: Any) -> Any:
        if not files.has(path):
            return real(path, *args, **kwargs)
        at = files.path(path)
        files.content.pop(at, None)
        files.folders.discard(at)
        return None

    return stand_in


def _made(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def stand_in(path: Any, *args: Any, **kwargs: Any) -> Any:
        at = files.path(path)
        if not at.startswith(_TEMPORARY):
            return real(path, *args, **kwargs)
        files.folders.add(at)
        return None

    return stand_in


_OF_OS: dict[str, Any] = {
    "stat": _stat, "lstat": _stat, "write": _write, "read": _read, "close": _close, "pipe": _pipe, "fdopen": _open,
    "memfd_create": _memfd,
    **{name: _removed(getattr(os, name)) for name in ("remove", "unlink", "rmdir")},
    **{name: _made(getattr(os, name)) for name in ("mkdir", "makedirs")},
}  # fmt: skip


def set_once() -> None:
    """In the warm process: what imports by path, and temporary files."""
    read_code, get_data = io.open_code, importlib.machinery.SourceFileLoader.get_data
    io.open_code = lambda path: _open(path, "rb") if files.has(path) else read_code(path)
    importlib.machinery.SourceFileLoader.get_data = (  # type: ignore[method-assign]
        lambda self, path: files.content[files.path(path)] if files.has(path) else get_data(self, path)
    )
    tempfile.NamedTemporaryFile = tempfile.TemporaryFile = _temporary
    tempfile.mkstemp, tempfile.mkdtemp, tempfile.TemporaryDirectory = _mkstemp, _mkdtemp, _Folder  # type: ignore
    tempfile.tempdir = "/tmp"


def set_in_jail() -> None:
    """What the warm process has use for."""
    builtins.open = io.open = _open
    for name, stand_in in _OF_OS.items():
        setattr(os, name, stand_in)
