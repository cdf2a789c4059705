"""A target under a coverage-guided fuzzer (libFuzzer, by way of Atheris).

python -m soak.fuzzing frames -runs=100000 -seed=1      # libFuzzer's own options
python -m soak.fuzzing frames FILE                      # one input again
"""

import base64
import importlib
import inspect
import itertools
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from soak import ROOT, say

TARGETS = {"frames": "selftaught.jail.wire", "conversation": "selftaught.jail.cell"}
"""What can be fuzzed, and the module whose lines are counted."""
_COUNTED = {  # the functions that read what a peer sends
    "frames": ("unpack", "_Reader.", "_weigh", "check", "_array", "Frames."),
    "conversation": ("_Conversation.", "Cell.", "Slot."),
}
_MOST_BYTES = 4096  # larger frames, which are few and slow, are in costs.py
_SEEDS = 200
_EVERY = 5000  # inputs after which progress is told


def command(target: str, inputs: int, seed: int, seconds: float, folder: Path) -> list[str]:
    """What to run: the fuzzer in a process of its own, its corpus and what it finds in ``folder``."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    module = importlib.import_module(f"soak.fuzz_{target}")
    rng = random.Random(f"{seed}/{target}")
    for number in range(_SEEDS):
        (corpus / f"seed{number}").write_bytes(module.forged(rng)[:_MOST_BYTES])
    options = {
        "runs": inputs,
        "seed": seed,
        "max_total_time": max(1, int(seconds)),
        "max_len": _MOST_BYTES,
        "reload": 0,  # else its own corpus is read again and run beyond "runs" where the machine is slow
        "timeout": 60,
        "rss_limit_mb": 2048,
        "print_final_stats": 1,
        "artifact_prefix": f"{folder}/found-",
    }
    given = [f"-{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "soak.fuzzing", target, *given, str(corpus)]


def result(target: str, folder: Path, log: str) -> dict[str, Any]:
    """What libFuzzer's log and folder say once it is done."""
    found = {
        path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.glob("found-*"))
    }
    executed = re.search(r"stat::number_of_executed_units: (\d+)", log)
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)/", log)
    edges, features, corpus = map(int, covered[-1]) if covered else (0, 0, 0)
    problem = re.search(r"=== Uncaught Python exception: ===\n(.*?)(\n\n|\n==\d+==|\Z)", log, re.DOTALL)
    return {
        "target": target,
        "inputs": int(executed[1]) if executed else 0,
        "edges": edges,
        "features": features,
        "corpus": corpus,
        "found": found,
        "problem": problem[1][-4000:] if problem else "",
    }


def lines_reached(target: str, corpus: Path) -> tuple[int, int]:
    """How many lines of the target's module the corpus reaches, of how many; counted without the fuzzer."""
    argv = [sys.executable, "-m", "soak.fuzzing", "--lines", target, str(corpus)]
    counted = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return int(counted[0]), int(counted[1])


def main() -> None:
    """Fuzz until libFuzzer is done; it ends the process itself."""
    if sys.argv[1] == "--lines":
        print(*_count_lines(sys.argv[2], Path(sys.argv[3])))
        return
    import atheris

    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["selftaught.jail.wire", "selftaught.jail.cell"]):
        target = importlib.import_module(f"soak.fuzz_{name}")
    done = itertools.count(1)

    def one(data: bytes) -> None:
        target.one(data)
        if (number := next(done)) % _EVERY == 0:
            say({"done": number})

    def changed(data: bytes, most: int) -> bytes:
        mutated: bytes = atheris.Mutate(data, most)  # another function before Fuzz() is called
        return mutated

    atheris.Setup(["soak", *options], one, custom_mutator=_mutator(changed, target.forged))
    atheris.Fuzz()


def _mutator(
    changed: Callable[[bytes, int], bytes], forged: Callable[[random.Random], bytes]
) -> Callable[[bytes, int, int], bytes]:
    """Changes an input as libFuzzer does, or takes its place with one that is forged, or joins two."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)
        kind = rng.random()
        if kind < 0.6:
            return changed(data, most)
        fresh = forged(rng)
        if kind < 0.8 or not data:
            return fresh[:most]
        at = rng.randrange(len(data))
        return (data[:at] + fresh[rng.randrange(len(fresh)) :] + data[at:])[:most]

    return mutate


def without_coverage(target: str, inputs: int, seed: int) -> None:
    """The same inputs as the fuzzer begins with, and damaged ones, where there is no Atheris; for samples."""
    module = importlib.import_module(f"soak.fuzz_{target}")
    rng = random.Random(f"{seed}/{target}")

    def damaged(data: bytes, most: int) -> bytes:
        changed = bytearray(data[:most] or b"\0")
        for _ in range(rng.randrange(1, 5)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed[: rng.randrange(1, len(changed) + 1)])

    mutate, data = _mutator(damaged, module.forged), b""
    for _ in range(inputs):
        data = mutate(data, _MOST_BYTES, rng.getrandbits(32))
        module.one(data)


def _count_lines(target: str, corpus: Path) -> tuple[int, int]:
    module = importlib.import_module(TARGETS[target])
    assert module.__file__ is not None
    every: set[int] = set()
    for code in _codes(compile(inspect.getsource(module), module.__file__, "exec")):
        if code.co_name != "<module>" and code.co_qualname.startswith(_COUNTED[target]):
            every |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    reached: set[int] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != module.__file__:
            return None
        reached.add(frame.f_lineno)
        return trace

    fuzz = importlib.import_module(f"soak.fuzz_{target}")
    sys.settrace(trace)
    try:
        for path in sorted(corpus.iterdir()):
            with suppress(Exception):  # the fuzzer has told of it
                fuzz.one(path.read_bytes())
    finally:
        sys.settrace(None)
    return len(reached & every), len(every)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def sample(target: str, inputs: int, seed: int) -> dict[str, Any]:
    """The fuzzer itself, for so few inputs that it can be waited for."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / target
        argv = command(target, inputs, seed, 60, folder)
        ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        return result(target, folder, ended.stdout + ended.stderr)


if __name__ == "__main__":
    main()
