"""An owner as programs of this kind have one: it runs a program in a child process and believes what it reads.

It is what the attacks on the trusted side are shown to work against. It reads in three manners:

``frames``
    MessagePack, each message after its length, over a socket at the child's descriptor 3: the messages that a jail
    sends, read by the shortest code that does it. The child may ask an object of the owner's.
``lines``
    JSON, on the last line of what the child prints.
``pickles``
    a pickle, over a pipe.

Then it compares the answer with the right one and writes both down. No clocks, no caps, no checks; one child for one
call. Only to be used in a place that is thrown away: these owners run what they are sent.

This file is also the child's program (see ``_child``), for which it needs no more than MessagePack and NumPy.
"""

import contextlib
import json
import os
import pickle
import resource
import select
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import traceback
import types
from pathlib import Path

import msgpack

MANNERS = ("frames", "lines", "pickles")
HANGS_S, PATIENCE_S = 2.5, 60
"""An attack that wants its owner to hang has succeeded after so long: it is to be given time; others are."""
MOST_MEMORY = 512 << 20
"""What an owner may take of memory, for the machine's sake."""
GOT = "it has what it wanted"
RIGHT = 42.0
WIRE = 3


# --- what the twins show -----------------------------------------------------------------------------------------


def fall(names):
    """What each of these attacks does to owners; to be run in a throw-away namespace, as is :func:`meet`."""
    from selftaught.jail import attacks

    return {str(attack): _fall(attack) for attack in attacks.suite() if str(attack) in names}


def _fall(attack):
    """What an attack does to owners of each manner, until one falls as is wanted: by manner, a list of harms."""
    harms = {}
    for manner in MANNERS[:1] if attack.given else MANNERS:
        harms[manner] = meet(attack.program.text, manner, attack.wants, attack.given)
        if any(harm.startswith(attack.wants or GOT) for harm in harms[manner]):
            break
    return harms


def meet(text, manner, wants="", given=""):
    """The harms that a program does to an owner, who has a process of its own."""
    heard, told = os.pipe()
    owner = os.fork()
    if owner == 0:
        try:
            os.setsid()
            os.close(heard)
            os.write(told, json.dumps(_harms(text, manner, wants, given)).encode())
        finally:
            os._exit(0)
    os.close(told)
    try:
        if not select.select([heard], [], [], HANGS_S if wants == "the owner hangs" else PATIENCE_S)[0]:
            return ["the owner hangs"]
        return json.loads(os.read(heard, 1 << 16) or '["the owner raises: it has ended without a word"]')
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(owner, signal.SIGKILL)
        os.waitpid(owner, 0)
        os.close(heard)


def _harms(text, manner, wants, given):
    from selftaught.jail.attacks import harm

    growth = harm.Growth()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_MEMORY,) * 2)
    decoys = {"words": "a secret", "seconds": 600.0, "machine": os.uname().machine}
    objects = [Served("a secret")] if given else []
    harms = []
    try:
        outcome = run(text, decoys, objects, manner)
        harms.append(harm.fault_of_outcome(outcome))
        if not wants and outcome.value is True:
            harms.append(GOT)
        if outcome.status == "ok":
            record(outcome.value)
    except MemoryError:
        harms.append("the owner's memory: there is none left")
    except BaseException as problem:  # noqa: BLE001  an exit too is one
        harms.append(f"the owner raises: {type(problem).__name__}: {problem!s:.200}")
    if growth.mb() > harm.MOST_GROWTH_MB:
        harms.append(f"the owner's memory: {growth.mb():.0f} MiB")
    return [each for each in harms if each]


# --- the owner ---------------------------------------------------------------------------------------------------


class Served:
    """What a child may ask: see :class:`selftaught.jail.attacks.Trusted`."""

    def __init__(self, secret):
        self.secret = secret
        self.shown = "something"

    def echo(self, *args, **kwargs):
        return [*args, kwargs]

    def wait(self):
        time.sleep(0.05)


def run(text, decoys, objects, manner):
    """What became of ``attack(decoys, *objects)``, by the child's word."""
    return {"frames": _by_frames, "lines": _by_lines, "pickles": _by_pickles}[manner](text, decoys, objects)


def record(value):
    """Compare with what is right, and write down."""
    score = 1.0 if value == RIGHT else 0.0
    with contextlib.closing(sqlite3.connect(":memory:")) as ledger:
        ledger.execute("CREATE TABLE results (value TEXT, score REAL)")
        ledger.execute("INSERT INTO results VALUES (?, ?)", (str(value), score))


def _start(manner, descriptor=None, **rest):
    folders = {str(Path(module.__file__).parent.parent) for module in (msgpack, _numpy())}
    command = [sys.executable, "-P", "-S", "-B", __file__, manner, str(descriptor or 0)]
    passed = [descriptor] if descriptor else []
    environment = {"PYTHONPATH": ":".join(folders)}
    return subprocess.Popen(command, env=environment, pass_fds=passed, **rest)


def _by_frames(text, decoys, objects):
    ours, theirs = socket.socketpair()
    child = _start("frames", theirs.fileno(), stdout=subprocess.DEVNULL)
    theirs.close()
    wire = ours.fileno()
    proxies = [msgpack.ExtType(_PROXY, msgpack.packb(number)) for number in range(len(objects))]
    send(wire, [text, "attack", [decoys, *proxies]])
    while True:
        kind, number, *rest = receive(wire, objects)
        if kind == "result" and number == 1:
            break
        target, name, args, kwargs = rest
        attribute = getattr(objects[target], name)
        send(wire, ["reply", number, True, attribute(*args, **kwargs) if callable(attribute) else attribute])
    child.wait()
    return _outcome(*rest)


def _by_lines(text, decoys, objects):
    child = _start("lines", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    printed, _ = child.communicate(json.dumps([text, decoys]).encode())
    answer = json.loads(printed.splitlines()[-1])
    return _outcome(answer["fine"], answer["result"])


def _by_pickles(text, decoys, objects):
    results, end = os.pipe()
    child = _start("pickles", end, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    os.close(end)
    child.stdin.write(json.dumps([text, decoys]).encode())
    child.stdin.close()
    with os.fdopen(results, "rb") as file:
        answer = pickle.load(file)
    child.wait()
    return _outcome(answer["fine"], answer["result"])


def _outcome(fine, result):
    from selftaught.jail.cell import Outcome

    if fine:
        return Outcome("ok", value=result)
    status, error, story = result
    return Outcome(status, error=error, traceback=story)


# --- what both sides use -----------------------------------------------------------------------------------------

_ARRAY, _PROXY, _TUPLE = 1, 2, 3
_KINDS = ("?", "i1", "u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16")


def send(wire, message):
    """One message, after its length."""
    body = pack(message)
    data = struct.pack("<I", len(body)) + body
    while data:
        data = data[os.write(wire, data) :]


def receive(wire, objects):
    """The next message."""
    (length,) = struct.unpack("<I", exactly(wire, 4))
    body = exactly(wire, length)
    return msgpack.unpackb(
        body,
        strict_map_key=False,
        unicode_errors="surrogatepass",
        ext_hook=lambda code, data: _made_of(code, data, objects),
    )


def exactly(wire, size):
    """So many bytes, read to their place."""
    content = bytearray(size)
    left = memoryview(content)
    while left:
        read = os.readv(wire, [left])
        if not read:
            raise EOFError("the child has ended")
        left = left[read:]
    return content


def pack(message):
    """A message's bytes."""
    return msgpack.packb(message, unicode_errors="surrogatepass", default=_made_to)


def _made_to(value):
    array = _numpy().asarray(value)
    shape = struct.pack(f"<{array.ndim}Q", *array.shape)
    head = bytes((_KINDS.index(array.dtype.str.replace("|b1", "?").lstrip("|")), array.ndim))
    return msgpack.ExtType(_ARRAY, head + shape + array.tobytes())


def _made_of(code, data, objects):
    if code == _ARRAY:
        size = 8 * data[1]
        array = _numpy().empty(struct.unpack(f"<{data[1]}Q", data[2 : 2 + size]), _KINDS[data[0]])
        array.reshape(-1)[:] = _numpy().frombuffer(data[2 + size :], _KINDS[data[0]])
        return array
    if code == _PROXY:
        return objects[msgpack.unpackb(data)]
    return tuple(msgpack.unpackb(data))


def _numpy():
    import numpy

    return numpy


# --- the child ---------------------------------------------------------------------------------------------------


class Proxy:
    """The owner's object, seen from the child."""

    def __init__(self, number):
        self._number = number

    def _ask(self, target, name, args, kwargs):
        send(WIRE, ["ask", 0, target, name, list(args), kwargs])
        return receive(WIRE, [])[3]

    def __getattr__(self, name):
        return lambda *args, **kwargs: self._ask(self._number, name, args, kwargs)


def _child(manner, descriptor):
    if manner == "frames":
        os.dup2(descriptor, WIRE)
        text, name, args = receive(WIRE, [Proxy(0)])
        answer = result(text, name, args)
        try:
            send(WIRE, ["result", 1, *answer])
        except Exception as problem:  # noqa: BLE001
            send(WIRE, ["result", 1, False, ["error", f"cannot be sent: {problem}", ""]])
        return
    text, decoys = json.loads(sys.stdin.read())
    fine, value = result(text, "attack", [decoys])
    if manner == "lines":
        try:
            print(json.dumps({"fine": fine, "result": value}))
        except Exception as problem:  # noqa: BLE001
            print(json.dumps({"fine": False, "result": ["error", f"cannot be sent: {problem}", ""]}))
    else:
        with os.fdopen(descriptor, "wb") as file:
            pickle.dump({"fine": fine, "result": value}, file)


def result(text, name, args):
    """[True, what it returned] or [False, [status, cause, traceback]]."""
    program = types.ModuleType("program")
    sys.modules["program"] = program
    try:
        exec(text, program.__dict__)
        return [True, getattr(program, name)(*args)]
    except Exception as problem:  # noqa: BLE001  as it is done
        return [False, ["error", str(problem), traceback.format_exc()]]


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]))
