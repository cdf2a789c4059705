# ruff: noqa: E501  programs read better with each in one line
"""Programs that misbehave in ordinary ways: each ends as it should, and none leaves a trace for the next."""

import numpy as np
import pytest
from misbehaving import CASES, PLENTY, UNCHECKED, matches
from processes import children, descriptors, eventually

from selftaught.budget import Limits
from selftaught.jail.cell import Cell, Outcome, Zygote
from selftaught.program import Program

SAMPLE = CASES[::13]
NOT_IN_WEAK = ("imports ",)  # the weak tier reads files
PROBE = Program("""
import builtins, gc, json, random, signal, sys, threading, warnings
import numpy as np

def probe():
    return [
        sum(range(5)), len([1, 2]), int(np.sum(np.array([1, 2]))), json.loads(json.dumps([1])), "STATE" in globals(),
        gc.isenabled(), sys.getrecursionlimit(), threading.active_count(), sys.gettrace() is None,
        signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, signal.getitimer(signal.ITIMER_REAL)[0],
        np.geterr()["divide"], 0 <= random.random() < 1, "program" in sys.modules, len(sys.path) > 1,
        sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    ]
""")
UNTOUCHED = [10, 2, 3, [1], False, True, 1000, 1, True, True, 0.0, "warn", True, True, True, []]


def run(zygote, program, name="f", args=(), limits=PLENTY, seed=bytes(16)):
    with Cell(zygote, limits, program, seed) as cell:
        return cell.call(name, args)


def assert_as_expected(case, outcome):
    assert isinstance(outcome, Outcome)
    told = f"{case.name}: {outcome}"
    assert outcome.status in case.status.split("|"), told
    assert matches(case.cause, outcome.error), told
    assert case.output in outcome.output, told
    assert "\n" not in outcome.error, told
    assert len(outcome.error) <= 500, told
    assert len(outcome.output.encode()) <= 3 * 65536, told
    assert outcome.cpu_s <= case.limits.cpu_s + 1, told
    if outcome.status != "ok":
        assert outcome.value is None, told
        assert outcome.error, told
    elif case.value is not UNCHECKED:
        value = outcome.value
        if isinstance(value, np.ndarray):
            assert type(value) is np.ndarray
            value = value.shape
        assert (type(value), value) == (type(case.value), case.value), told


@pytest.fixture(scope="module")
def before(zygotes, strongest):
    """How it looked before the first of them: our descriptors, the zygote's, its pid."""
    zygote = zygotes(strongest)
    assert run(zygote, PROBE, "probe").value == UNTOUCHED
    pid = zygote.pid
    assert eventually(lambda: not children(pid))
    return len(descriptors()), len(descriptors(pid)), pid


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ends_as_it_should(case, zygotes, strongest, before):
    assert_as_expected(
        case, run(zygotes(strongest), Program(case.source), args=case.args, limits=case.limits)
    )


def test_there_are_enough_and_no_two_have_one_name():
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


def test_after_all_of_them_the_same_zygote_serves_as_before(zygotes, strongest, before):
    ours, theirs, pid = before
    zygote = zygotes(strongest)
    assert zygote.pid == pid, "the warm process was replaced"
    assert run(zygote, PROBE, "probe").value == UNTOUCHED
    assert eventually(lambda: not children(pid)), "a jail's process is left"
    assert len(descriptors(pid)) == theirs, descriptors(pid)
    assert len(descriptors()) == ours, descriptors()


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_ends_so_in_every_tier(case, isolation, zygotes):
    if isolation == "weak" and case.name.startswith(NOT_IN_WEAK):
        pytest.skip("weak: any installed package can be imported")
    zygote = zygotes(isolation)
    assert_as_expected(case, run(zygote, Program(case.source), args=case.args, limits=case.limits))


@pytest.mark.parametrize("isolation", ["strong", "standard", "weak"])
def test_no_one_finds_what_another_left(isolation, zygotes):
    zygote = zygotes(isolation)
    for case in CASES:
        if case.name.startswith("leaves behind"):
            run(zygote, Program(case.source), limits=case.limits)
            assert run(zygote, PROBE, "probe").value == UNTOUCHED, case.name


def test_calls_of_one_jail_share_its_state(zygotes, strongest):
    counting = Program("n = 0\ndef f():\n    global n\n    n += 1\n    return n")
    with Cell(zygotes(strongest), PLENTY, counting, bytes(16)) as cell:
        assert [cell.call("f", []).value for _ in range(3)] == [1, 2, 3]
    assert run(zygotes(strongest), counting).value == 1


def test_once_a_call_has_failed_later_calls_give_the_same_outcome(zygotes, strongest):
    program = Program("def f(): raise ValueError('first')\ndef g(): return 1")
    with Cell(zygotes(strongest), PLENTY, program, bytes(16)) as cell:
        assert cell.call("g", []).value == 1
        first = cell.call("f", [])
        assert cell.call("g", []) is first


def test_of_two_results_the_first_counts_and_the_second_ends_the_next_call(zygotes, strongest):
    program = Program("""
import os
from selftaught.jail import inside
def f():
    os.write(3, inside.wire.pack(["result", 1, True, "first"]))
    return "second"
def g(): return "honest"
""")
    with Cell(zygotes(strongest), PLENTY, program, bytes(16)) as cell:
        assert cell.call("f", []).value == "first"
        later = cell.call("g", [])
    assert (later.status, later.value) == ("refused", None)
    assert "not a message of this conversation" in later.error


def test_cpu_time_counts_over_all_calls(zygotes, strongest):
    burn = Program(
        "import time\ndef f():\n    end = time.process_time() + 0.05\n    while time.process_time() < end: pass"
    )
    with Cell(zygotes(strongest), Limits(cpu_s=0.2, wall_s=60), burn, bytes(16)) as cell:
        outcomes = [cell.call("f", []).status for _ in range(8)]
    assert outcomes[:2] == ["ok", "ok"]
    assert outcomes[-1] == "timeout"


def test_a_thread_left_burning_is_charged_and_ended(zygotes, strongest, before):
    program = Program("""
import threading, time
def burn():
    while True: pass
def f(): threading.Thread(target=burn, daemon=True).start()
def g(): time.sleep(1000)
""")
    with Cell(zygotes(strongest), Limits(cpu_s=0.2, wall_s=60), program, bytes(16)) as cell:
        assert cell.call("f", []).status == "ok"
        assert cell.call("g", []).status == "timeout"
    assert eventually(lambda: not children(before[2]))


# --- chance --------------------------------------------------------------------------------------------------------

CHANCE = {
    "random": "import random\ndef f(): return [random.random() for _ in range(5)]",
    "random at import": "import random\nX = random.random()\ndef f(): return X",
    "Random()": "import random\ndef f(): return random.Random().random()",
    "Random().seed()": "import random\ndef f():\n    r = random.Random(3)\n    r.seed()\n    return r.random()",
    "random.seed()": "import random\ndef f():\n    random.seed()\n    return random.random()",
    "SystemRandom": "import random\ndef f(): return random.SystemRandom().random()",
    "NumPy's legacy": "import numpy as np\ndef f(): return np.random.rand(3)",
    "NumPy's legacy, reseeded": "import numpy as np\ndef f():\n    np.random.seed()\n    return np.random.rand(3)",
    "RandomState()": "import numpy as np\ndef f(): return np.random.RandomState().rand(3)",
    "default_rng()": "import numpy as np\ndef f(): return np.random.default_rng().random(3)",
    "SeedSequence()": "import numpy as np\ndef f(): return str(np.random.SeedSequence().entropy)",
    "a bit generator": "import numpy as np\ndef f(): return np.random.Generator(np.random.PCG64()).random(2)",
    "uuid4": "import uuid\ndef f(): return str(uuid.uuid4())",
    "secrets": "import secrets\ndef f(): return [secrets.token_hex(), secrets.randbelow(10**9), secrets.choice(range(10**9))]",
    "urandom": "import os\ndef f(): return os.urandom(16)",
    "tempfile": "import tempfile\ndef f(): return next(tempfile._get_candidate_names())",
    "in a thread": """
import random, threading
def f():
    drawn = []
    thread = threading.Thread(target=lambda: drawn.append(random.random()))
    thread.start(); thread.join()
    return drawn
""",
}


@pytest.mark.parametrize("name", CHANCE)
def test_chance_follows_from_the_jails_seed_alone(name, zygotes, strongest):
    first, again, other = (
        run(zygotes(strongest), Program(CHANCE[name]), seed=seed)
        for seed in (b"a" * 16, b"a" * 16, b"b" * 16)
    )
    assert first.status == "ok", first.error
    assert np.array_equal(first.value, again.value)
    assert not np.array_equal(first.value, other.value)


def test_hashes_and_the_order_of_sets_are_the_same_in_every_jail(zygotes, strongest):
    program = Program("def f(): return [hash('abc'), list({'a', 'bc', 'def', b'x', None, 1.5, (1, 'z')})]")
    values = [run(zygotes(strongest), program, seed=seed).value for seed in (b"a" * 16, b"b" * 16)]
    with Zygote(strongest) as another:
        values.append(run(another, program).value)
    assert values[0] == values[1] == values[2]
