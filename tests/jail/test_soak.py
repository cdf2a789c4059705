"""Samples, of seconds, of what ``make soak`` does at length; and that it would notice."""

import json
import mmap
import re
import signal
import subprocess
import sys
import tempfile

import pytest
from test_wire import HOSTILE

from selftaught.budget import Limits
from selftaught.jail import wire
from selftaught.jail.cell import Cell, Zygote
from selftaught.program import Program
from soak import ROOT, costs, evaluations, fuzz_frames, fuzzing, report
from soak.evaluations import Good, Tally, census, kill, leaks, one, soak

# --- evaluations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("isolation", ["strong", "standard"])
def test_evaluations_of_all_kinds_end_as_they_should_and_leave_nothing(isolation, require):
    result = soak(require(isolation), 60, seed=3, alone=False)
    assert result["wrong"] == []
    assert result["leaks"] == []
    assert result["evaluations"] >= 60
    assert result["outcomes"]["good: ok"] >= 15
    assert sum(count for name, count in result["outcomes"].items() if name.startswith("bad")) >= 15
    assert result["zygotes killed"] >= 1
    assert result["jobs lost with them"] >= result["zygotes killed"]


def test_the_same_number_is_the_same_evaluation(zygotes, strongest):
    tallies = []
    for _ in range(2):
        tally = Tally()
        for number in range(10):
            one(zygotes(strongest), 5, number, tally)
        tallies.append(tally)
    assert tallies[0] == tallies[1]


def test_a_wrong_value_is_told_with_what_makes_it_happen_again(zygotes, strongest, monkeypatch):
    monkeypatch.setattr(evaluations, "GOOD", [Good("lies", "def f(): return 1", lambda rng: [], lambda: 2)])
    tally = Tally()
    number = 0
    while not tally.wrong:
        one(zygotes(strongest), 1, number, tally)
        number += 1
    (wrong,) = tally.wrong
    assert wrong["program"] == "lies"
    again = Tally()
    one(zygotes(strongest), 1, wrong["number"], again)
    assert [each["program"] for each in again.wrong] == ["lies"]


def test_of_a_killed_zygote_only_the_jobs_at_hand_are_lost(strongest):
    tally = Tally()
    zygote = Zygote(strongest)
    kill(zygote, 1, 1, tally)
    assert tally.lost >= 1
    assert tally.wrong == []
    assert not zygote.alive
    assert not evaluations.in_session(zygote.pid)


def test_a_zygote_that_is_not_killed_where_it_should_be_is_told(strongest, monkeypatch):
    monkeypatch.setattr(evaluations.os, "kill", lambda pid, number: None)
    monkeypatch.setattr(evaluations, "SLEEPING", Program("def f(): return 1"))
    tally = Tally()
    kill(Zygote(strongest), 1, 1, tally)
    assert tally.lost == 0
    assert tally.wrong


def test_the_census_sees_what_is_left_behind(zygotes, strongest):
    zygote = zygotes(strongest)
    before = census(zygote)
    assert leaks(before, census(zygote), alone=False) == []
    with tempfile.NamedTemporaryFile(prefix="left-behind-") as left:
        found = leaks(before, census(zygote), alone=True)
        assert f"left behind: {left.name}" in found
        assert any(leak.startswith("our descriptors") for leak in found)
    child = subprocess.Popen(["sleep", "100"])
    try:
        assert any(leak.startswith("our children") for leak in leaks(before, census(zygote), alone=False))
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    with mmap.mmap(-1, 2**28, mmap.MAP_PRIVATE) as kept:  # the heap may have as much to give away
        kept.write(b"x" * 2**28)
        assert any(leak.startswith("our memory") for leak in leaks(before, census(zygote), alone=False))
    things = [object() for _ in range(30_000)]
    assert any(leak.startswith("our blocks") for leak in leaks(before, census(zygote), alone=False))
    assert len(things) == 30_000


def test_the_census_sees_a_jail_that_was_not_closed(zygotes, strongest, monkeypatch):
    zygote = zygotes(strongest)
    before = census(zygote)
    monkeypatch.setattr(evaluations, "eventually", lambda holds: holds())
    with Cell(zygote, Limits(), Program("def f(): return 1"), bytes(16)) as cell:
        assert cell.call("f", []).value == 1
        found = leaks(before, census(zygote), alone=False)
    assert any(leak.startswith("jails left: 0, then 1") for leak in found)


# --- hostile inputs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_forged_and_damaged_inputs_come_to_an_outcome(target):
    fuzzing.without_coverage(target, 2000, seed=1)


def test_hostile_frames_come_to_a_refusal_in_every_way_of_reading_them():
    for data in HOSTILE.values():
        if len(data) < 2**16:
            for kind in (0, fuzz_frames.WITH_PROXIES):
                fuzz_frames.one(bytes([kind]) + data)
            fuzz_frames.one(bytes([fuzz_frames.STREAM, 50]) + len(data).to_bytes(4, "little") + data)


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_a_decoder_that_lets_everything_through_is_found(target, monkeypatch):
    monkeypatch.setattr(wire, "check", lambda value: None)
    with pytest.raises((AssertionError, wire.Refused)):
        fuzzing.without_coverage(target, 20_000, seed=1)


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_a_parser_that_raises_something_else_is_found(target, monkeypatch):
    monkeypatch.setattr(wire._Reader, "_extension", lambda self, code, data: 1 / 0)
    monkeypatch.setattr(wire, "Exception", LookupError, raising=False)
    with pytest.raises(ZeroDivisionError):
        fuzzing.without_coverage(target, 20_000, seed=1)


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_the_fuzzer_itself_runs(target):
    pytest.importorskip("atheris", reason="Atheris is not installed: pip install --group dev")
    result = fuzzing.sample(target, 3000, seed=1)
    assert result["inputs"] == 3000
    assert result["found"] == {}, result["problem"]
    assert result["features"] > 300


# --- what frames cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["a million words, each with an emoji", "dicts of one key, all different", "16 MiB of text and one emoji",
     "an array of 16 MiB", "short words, all that fit", "lists of a million, only announced"],
)  # fmt: skip
def test_no_frame_takes_its_reader_more_memory_than_is_promised(name):
    measured = costs.measure(name)
    assert measured["mib"] <= costs.PROMISED_MIB, measured
    assert "taken" in measured["said"] or "too large" in measured["said"]


def test_a_frame_that_is_dearer_than_promised_is_told():
    cheap = {"frame": "a", "kind": "honest", "seconds": 0.5, "mib": 10.0}
    large = {**cheap, "frame": "b", "kind": "hostile", "mib": 500.0}
    slow = {**cheap, "frame": "c", "kind": "hostile", "seconds": 9.0}
    assert costs.too_dear([cheap, large, slow]) == ["b: 0.50 s, 500 MiB", "c: 9.00 s, 10 MiB"]


# --- the whole -----------------------------------------------------------------------------------------------------


def test_the_report_says_what_was_done(tmp_path, strongest):
    argv = [sys.executable, "-m", "soak", "--evaluations", "40", "--inputs", "0", "--minutes", "2"]
    argv += ["--requests", "3", "--kills", "0", "--seed", "4"]  # none of these seeds is silent
    argv += ["--output", str(tmp_path / "soak.md"), "--failures", str(tmp_path / "failures.json")]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    text = (tmp_path / "soak.md").read_text()
    assert ended.stdout == text
    assert (tmp_path / "failures.json").exists() == (ended.returncode == 1)
    assert "## Evaluations" in text
    assert f"| {strongest} | good |" in text
    assert re.search(r"^\| google \| 6 \| any \| \d \|", text, re.MULTILINE)


def test_failures_come_with_what_makes_them_happen_again(tmp_path):
    wrong = {"number": 7, "program": "lies", "what": "AssertionError: 1 is not 2"}
    tier = {"isolation": "strong", "evaluations": 9, "wrong": [wrong], "leaks": ["threads: 1, then 2"]}
    fuzzed = {"target": "frames", "found": {"crash-1": "AAE="}, "problem": "ValueError: 5"}
    machines = {"found": [{"machine": "M", "seed": 4, "problem": "an example"}]}
    facts = {"seed": 2, "broken": [], "evaluations": [tier], "fuzzed": [fuzzed], "machines": machines}
    asked = {
        "kind": "chat",
        "seed": 3,
        "told": 6000,
        "requests": 62,
        "per s": None,
        "throughput": 0.5,
        "in virtual time": 0.9,
        "wrong": ["lost"],
    }
    facts |= {"requests": [asked], "crashes": [{"kills": 4, "seed": 2, "wrong": ["asked twice"]}]}
    failed = report.failures({**facts, "too dear": ["b: 9 s"]})
    assert [each["again"].split(",")[0] for each in failed] == [
        "python -m soak.evaluations --isolation strong --seed 2 --only 7",
        "python -m soak.evaluations --isolation strong --seed 2 --evaluations 9",
        "python -m soak.fuzzing frames FILE",
        "python -m soak.machines --seed 4",
        "python -m soak.costs",
        *["python -m soak.requests --kind chat --seed 3 --requests 6000"] * 2,
        "python -m soak.crashes --kills 4 --seed 2",
    ]
    assert failed[2]["input"] == "AAE="
    assert json.dumps(failed)
