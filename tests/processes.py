"""What /proc knows of processes, for tests that ask whether any is left."""

import time
from pathlib import Path


def children(pid):
    """The processes whose parent is ``pid``, ended ones that nobody waited for among them."""
    return {child for child, parent in _parents().items() if parent == pid}


def descendants(pid):
    """Its children, their children, and so on."""
    parents, found = _parents(), {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def in_session(*sessions):
    """The processes of these sessions, their leaders among them, whoever their parents are by now."""
    return {pid for pid in _all() if (fields := _stat(pid)) and int(fields[3]) in sessions}


def zygotes(pid):
    """The warm processes of a command, and its workers."""
    warm, workers = [], []
    for each in sorted(descendants(pid)):
        try:
            words = Path(f"/proc/{each}/cmdline").read_text()
            parent = int(_stat(each)[1])
            if "jail.zygote" in words and "jail.zygote" not in Path(f"/proc/{parent}/cmdline").read_text():
                warm.append(each)
            elif "engines.worker" in words:
                workers.append(each)
        except (OSError, IndexError):  # it ended just now
            continue
    return warm, workers


def running(pids):
    """Those of ``pids`` that have not ended."""
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def eventually(holds, seconds=20):
    """Whether ``holds()`` comes to be true: for what the kernel does in its own time."""
    for _ in range(seconds * 200):
        if holds():
            return True
        time.sleep(0.005)
    return False


def descriptors(pid="self"):
    """What the descriptors of a process are open on."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except OSError:
            continue  # the one that this listing itself needs
    return found


def _parents():
    return {pid: int(fields[1]) for pid in _all() if (fields := _stat(pid))}


def _all():
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _state(pid):
    return (_stat(pid) or [""])[0]
