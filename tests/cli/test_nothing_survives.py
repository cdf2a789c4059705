"""Whatever is killed, nothing of a run is left on the machine, and a run that goes on comes to the same result."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from command_line import LONG, Selftaught, begun
from processes import children, descendants, eventually, in_session, running, zygotes

STEADY = (
    "--iterations",
    "1",
    "--repeats",
    "2",
    "--calls",
    "2",
    "--samples",
    "2",
    "--jobs",
    "2",
    "--seed",
    "1",
)


class Traces:
    """What a run may leave behind besides its folder: processes, files, mounts, shared memory."""

    def __init__(self, selftaught):
        self.temporary = selftaught.folder / "tmp"
        self.temporary.mkdir()
        selftaught.environment["TMPDIR"] = str(self.temporary)
        self.before = self.elsewhere()
        self.pids = set()

    @staticmethod
    def elsewhere():
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return [
            len(mounts),
            sorted(path.name for path in Path("/dev/shm").iterdir() if "pymp" not in path.name),
        ]

    def of(self, process):
        """Remember what belongs to the command while it runs."""
        self.pids |= descendants(process.pid) | {process.pid}

    def left(self):
        """What is left of it; jails are in their zygote's session, so those of the last moment are found too."""
        mine = running(self.pids) | in_session(*self.pids)
        segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
        return {
            "processes": set(running(mine)),
            "files": [path.name for path in self.temporary.iterdir()],
            "segments": [segment[1] for segment in segments if int(segment[4]) in self.pids],
        }


NOTHING = {"processes": set(), "files": [], "segments": []}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_of_a_command_that_ends_at_any_moment(selftaught, task, number, seed):
    traces = Traces(selftaught)
    process, _ = begun(selftaught, "run", "--task", task, *LONG)
    time.sleep(random.Random(f"{seed} {number}").uniform(0, 0.5))  # the moment
    traces.of(process)
    assert len(traces.pids) > 4
    process.send_signal(number)
    process.communicate(timeout=30)
    assert eventually(lambda: traces.left() == NOTHING), traces.left()
    assert traces.elsewhere() == traces.before


def test_nothing_is_left_of_a_command_that_is_killed_as_it_starts(selftaught, task):
    traces = Traces(selftaught)
    for after_ms in (150, 300, 450, 600, 800):
        process = selftaught.start("run", "--task", task, *LONG)
        deadline = time.monotonic() + after_ms / 1000
        while time.monotonic() < deadline:
            traces.of(process)
            time.sleep(0.005)  # between two looks
        process.kill()
        process.communicate(timeout=30)
        assert eventually(lambda: traces.left() == NOTHING), traces.left()
    assert traces.elsewhere() == traces.before


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    alone = Selftaught(tmp_path_factory.mktemp("undisturbed"))
    assert alone("new", "a_task").code == 0
    return result(alone("run", "--task", alone.folder / "a_task", *STEADY, "--json").json)


def result(summary):
    """What does not depend on when, or where, it was found."""
    return {name: summary[name] for name in ("seed", "isolation", "iterations", "spent")}


@pytest.mark.parametrize(
    ("what", "number"),
    [("zygote", signal.SIGKILL), ("zygote", signal.SIGSTOP), ("worker", signal.SIGKILL)],
    ids=["a killed zygote", "a zygote that does not answer", "a killed worker"],
)
def test_what_is_lost_is_replaced_and_the_run_comes_to_the_same_end(
    selftaught, task, undisturbed, what, number
):
    traces = Traces(selftaught)
    process, _ = begun(selftaught, "run", "--task", task, *STEADY, "--json")
    traces.of(process)
    warm, workers = zygotes(process.pid)
    assert warm
    assert workers
    if (
        number == signal.SIGSTOP
    ):  # improvers' own is waited for longer, since hundreds may be asked of it at once
        warm = [pid for worker in workers for pid in children(worker)][:1]
    for victim in warm if what == "zygote" else workers:
        os.kill(victim, number)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert result(json.loads(out)) == undisturbed
    assert eventually(lambda: traces.left() == NOTHING), traces.left()
