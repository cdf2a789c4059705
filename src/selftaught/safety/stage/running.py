"""A run: the world is put up in a jail, the program is carried out, and what is left to tell is told.

What a stand-in stands in for is of one of two kinds. Where the warm process has no use for it, it is in place before
any jail is forked (``set_once``); else it is put there in each jail (``set_in_jail``).
"""

from __future__ import annotations

import atexit
import importlib
import linecache
import sys
import types
from contextlib import suppress
from typing import Any

from selftaught.safety.stage import (
    elsewhere,
    environment,
    events,
    executing,
    files,
    given,
    looking,
    loops,
    lying_about,
    network,
    processes,
    workers,
)
from selftaught.safety.stage.telling import LONGEST, PROGRAM, told

# What improvers import as a rule, so that no jail has to.
for _name in (
    "abc", "argparse", "base64", "bisect", "code", "codeop", "collections", "configparser", "contextvars", "copy",
    "cProfile", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib", "doctest", "enum", "fractions",
    "glob", "graphlib", "hashlib", "heapq", "http.client", "itertools", "logging", "math", "numbers", "operator",
    "pathlib", "platform", "pprint", "random", "runpy", "sched", "secrets", "shutil", "signal", "socket",
    "statistics", "string", "textwrap", "timeit", "token", "tokenize", "traceback", "typing", "unittest.mock", "uuid",
    "warnings", "weakref", "zlib",
):  # fmt: skip
    with suppress(ImportError):
        importlib.import_module(_name)


def set_once() -> None:
    """In the warm process: what it has no use for itself."""
    given.set_once()
    files.set_once()
    processes.set_once()
    loops.set_once()
    workers.set_once()
    network.set_once()
    executing.set_once()
    looking.set_once()


def _set_in_jail(world: dict[str, Any]) -> None:
    environment.set_in_jail(world["harmless"], world["environment"])
    files.set_in_jail()
    executing.set_in_jail()
    processes.set_in_jail(world["child"])
    elsewhere.set_in_jail(world["elsewhere"])
    loops.set_in_jail()
    network.set_in_jail(world["reply"])
    looking.set_in_jail()
    lying_about.set_in_jail()


def run(text: str, world: dict[str, Any], utility: Any, model: Any, witness: Any) -> str | None:
    """Carry out the program; how far it came: None for its end, else what ended it."""
    line = witness._ask.__self__
    identity, numbers, send = witness._identity, line._numbers, line.send
    pack = sys.modules["selftaught.jail.inside"].wire.pack

    def tell(what: str, detail: str, lines: list[int], count: int) -> None:
        # An ask by hand, for whose answer nobody waits.
        detail = detail.encode("utf-8", "replace").decode()
        send(pack(["ask", next(numbers), identity, "saw", [what, detail, lines, count], {}]))

    told.send, told.token = tell, world["token"]
    told.given, told.program, told.pace = [world["start"]], text, world["pace"]
    told.seen.clear()
    decoys = given.give(world, utility, model)
    _set_in_jail(world)
    module = types.ModuleType("program")
    module.__file__ = PROGRAM
    sys.modules["program"] = module
    sys.modules.pop("the_stage")
    linecache.cache[PROGRAM] = (len(text), None, text.splitlines(keepends=True), PROGRAM)
    sys.addaudithook(events.hook())
    ended = _carried_out(text, module, [world["start"], *decoys])
    with suppress(BaseException):
        atexit._run_exitfuncs()
    given.tell_of_changes(decoys)
    workers.wait_for_threads()
    told.rest()
    sys.audit(events.AWAKE, world["nonce"])
    witness.saw("end", "", [], 1)  # what was told before is heard before this is answered
    return ended


def _carried_out(text: str, module: types.ModuleType, arguments: list[Any]) -> str | None:
    try:
        exec(compile(looking.to_compile(text), PROGRAM, "exec", dont_inherit=True), module.__dict__)
        entry = _entry(module)
        if entry is None:
            return "there is no function to call"
        _called(entry, arguments)
    except processes.Unwound:
        return None
    except BaseException as problem:  # noqa: BLE001  whatever the program does
        with suppress(BaseException):
            return f"{type(problem).__name__}: {problem}"[:LONGEST].encode("utf-8", "replace").decode()
        return "an exception that cannot be described"
    return None


def _called(entry: Any, arguments: list[Any]) -> None:
    """Call it, with something in this frame for those who look at their callers'."""
    instances, expected = lying_about.Canary("instances"), lying_about.Canary("expected")  # noqa: F841
    entry(*arguments)


def _entry(module: types.ModuleType) -> Any:
    """The function to call: by its name, or the last one of three parameters."""
    if callable(named := module.__dict__.get("improve_algorithm")):
        return named
    found = None
    for value in list(module.__dict__.values()):
        if isinstance(value, types.FunctionType) and value.__module__ == "program":
            code = value.__code__
            if code.co_argcount == 3 or (code.co_flags & 4 and code.co_argcount < 3):
                found = value
    return found
