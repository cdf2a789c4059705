"""The real command in a real process, in a folder of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
QUICK = (
    "--iterations", "1", "--repeats", "1", "--calls", "1", "--samples", "2", "--jobs", "2", "--seed", "1",
)  # fmt: skip
"""A run of seconds."""
LONG = ("--iterations", "50", "--repeats", "3", "--jobs", "2", "--seed", "1")
"""One that nobody waits for."""


@dataclass
class Ended:
    """What a command that has ended left: its exit code, and what it printed."""

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
    """The command; called with arguments it runs to its end."""

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


def begun(selftaught, *arguments, **how):
    """A process in the middle of a run: its folder's ledger holds answers."""
    process = selftaught.start(*arguments, **how)
    for _ in range(600):
        for ledger in selftaught.folder.glob("runs/*/ledger.sqlite"):
            try:
                with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as file:
                    if file.execute("SELECT count(*) FROM answers").fetchone()[0]:
                        return process, ledger
            except sqlite3.Error:
                continue
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)  # between two looks
    raise AssertionError("the run did not begin")
