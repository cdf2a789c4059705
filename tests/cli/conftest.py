"""The real command in a real process, in an empty folder of its own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
QUICK = (
    "--iterations",
    "1",
    "--repeats",
    "1",
    "--calls",
    "1",
    "--samples",
    "2",
    "--jobs",
    "2",
    "--seed",
    "1",
)


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line of a call that was wrong."""
        assert self.out == ""
        assert self.err.startswith("selftaught: "), self.err
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


class Selftaught:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = {**kept, "PYTHONPATH": str(SOURCE), "XDG_STATE_HOME": str(folder / "state")}
        self.command = [sys.executable, "-m", "selftaught"]

    def __call__(self, *arguments: object, **environment: str) -> Ended:
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, ctrl_c=signal.SIG_DFL) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a shell that starts the tests in the background has them, and so their children, ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, ctrl_c),
        )


@pytest.fixture
def selftaught(tmp_path):
    return Selftaught(tmp_path)


@pytest.fixture
def task(selftaught):
    """A task's folder as `new` makes it."""
    assert selftaught("new", "a_task").code == 0
    return selftaught.folder / "a_task"
