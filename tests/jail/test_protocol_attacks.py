"""Attacks on the trusted side itself: it comes to no harm, in any tier, and an owner that trusts does."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from attacks import naive_owner, throwaway
from attacks.throwaway import Unavailable
from processes import children, descriptors, eventually

from selftaught.jail import attacks, wire
from selftaught.jail.attacks import harm
from selftaught.jail.attacks.decoys import Decoys
from selftaught.jail.cell import Outcome
from selftaught.jail.layers import ISOLATIONS

SUITE = {str(attack): attack for attack in attacks.suite() if attack.group == "protocol"}
WELL_MEANT = "def attack(decoys):\n    print('hello')\n    return 42.0\n"


@pytest.fixture(scope="module")
def send(zygotes):
    """Sends an attack into a tier, with decoys that are made once for each zygote."""
    fields = {}

    def send(name, tier):
        zygote = zygotes(tier)
        if zygote.pid not in fields:
            fields[zygote.pid] = Decoys(zygote)
        return attacks.send(zygote, SUITE[name], fields[zygote.pid].told)

    yield send
    for decoys in fields.values():
        decoys.close()


@pytest.mark.parametrize("tier", ISOLATIONS)
@pytest.mark.parametrize("name", SUITE)
def test_the_owner_comes_to_no_harm(name, tier, send, record_property):
    finding = send(name, tier)
    record_property(f"{name} in {tier}", finding.words)
    assert finding.held, f"{SUITE[name].what}: {finding.words}"
    assert finding.right, f"{finding.outcome.status} instead of {SUITE[name].verdict}: {finding.words}"


@pytest.mark.parametrize("tier", ISOLATIONS)
def test_nothing_is_left_of_what_attacked(tier, send, zygotes):
    zygote = zygotes(tier)
    send("protocol/a forged result", tier)

    def only_the_decoy_is_left():
        return len(children(zygote.pid)) == 1

    assert eventually(only_the_decoy_is_left)
    before = len(descriptors()), len(descriptors(zygote.pid))
    for name, attack in SUITE.items():
        if attack.limits.wall_s > 5:  # and not those that are waited for
            send(name, tier)
    assert zygote.alive
    assert eventually(only_the_decoy_is_left)
    assert len(descriptors()) <= before[0]
    assert eventually(lambda: len(descriptors(zygote.pid)) <= before[1]), descriptors(zygote.pid)


# --- owners that trust ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fallen(request):
    """What each attack that a chosen test asks for does to owners that trust; some wait, so several run at once."""
    params = [item.callspec.params for item in request.session.items if "fallen" in item.fixturenames]
    names = [each["name"] for each in params]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shares = [pool.submit(_fall, names[start::_AT_ONCE]) for start in range(_AT_ONCE)]
        return {name: harms for share in shares for name, harms in share.result().items()}


def _fall(names):
    try:
        return throwaway.run(naive_owner.fall, names, deadline_s=300)
    except Unavailable as problem:
        return dict.fromkeys(names, problem)


_AT_ONCE = 3


@pytest.mark.parametrize("name", [name for name, attack in SUITE.items() if not attack.no_twin])
def test_the_same_attack_works_against_an_owner_that_trusts(name, fallen, record_property):
    harms = fallen[name]
    if isinstance(harms, Unavailable):
        pytest.skip(str(harms))
    record_property(name, harms)
    wanted = SUITE[name].wants or naive_owner.GOT
    assert any(harm.startswith(wanted) for each in harms.values() for harm in each), (
        f"not {wanted!r} but {harms}"
    )


@pytest.mark.parametrize("manner", naive_owner.MANNERS)
def test_a_program_that_means_well_harms_no_owner_that_trusts(manner):
    try:
        assert throwaway.run(naive_owner.meet, WELL_MEANT, manner) == []
    except Unavailable as problem:
        pytest.skip(str(problem))


# --- whether harm would be seen ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a forged result", "an integer of 64 bits", "checks replaced"])
def test_where_values_are_not_checked_on_arrival_forged_ones_get_away(name, send, strongest, monkeypatch):
    assert send(f"protocol/{name}", strongest).held
    monkeypatch.setattr(wire, "check", lambda value: None)
    finding = send(f"protocol/{name}", strongest)
    assert not finding.held
    assert finding.words.startswith("a value that may not cross: ")


def test_an_exception_of_the_owners_is_harm(send, strongest, monkeypatch):
    assert send("protocol/what is no message", strongest).held
    monkeypatch.setattr(wire, "check", lambda value: 1 / 0)
    finding = send("protocol/what is no message", strongest)
    assert not finding.held
    assert finding.words.startswith("the owner raises: ZeroDivisionError")


def test_memory_that_the_owner_took_for_a_while_is_seen():
    script = """if True:
        from selftaught.jail.attacks.harm import Growth
        before = len(b"x" * (300 << 20))
        growth = Growth()
        while_it_attacked = len(b"x" * (100 << 20))
        print(growth.mb())
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 90 < float(done.stdout) < 150


FORBIDDEN = {
    "a cycle": (cycle := [], cycle.append(cycle))[0],
    "not finite": [1.0, {"a": float("inf")}],
    "63 bits": (2**63,),
    "keys": {1: 2},
    "foreign": [object()],
    "a subclass": [type("Text", (str,), {})("x")],
    "too many": [None] * (2**20 + 1),
    "too large": [b"x" * 2**23, "x" * 2**23, b"y"],
    "objects": np.array([None]),
    "another order": np.zeros(2, ">f8"),
    "a view": np.zeros((3, 3))[1],
    "giant": np.zeros((0, 2**40)),
    "array not finite": np.array([np.nan]),
    "neither": np.frombuffer(bytearray(b"\2"), bool).copy(),
}  # fmt: skip
ALLOWED = [
    None,
    True,
    -5,
    2**63 - 1,
    0.5,
    "\ud800",
    b"",
    (),
    [{"a": [(1,)]}],
    np.zeros((2, 3)),
    np.array([True]),
]


@pytest.mark.parametrize("value", FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_value_that_may_not_cross_is_told_from_one_that_may(value):
    assert harm.fault_of(value).startswith("a value that may not cross: ")
    assert not harm.fault_of(ALLOWED)


@pytest.mark.parametrize("cause", ["first\nsecond", "first\rsecond", "first\u2028second", "x" * 501])
def test_a_cause_of_several_lines_or_without_end_is_harm(cause):
    assert harm.fault_of_outcome(Outcome("error", error=cause))
    assert not harm.fault_of_outcome(Outcome("error", error="in one line"))
