"""That a soak of requests would notice what is wrong, and that its ideal client is none of our making."""

import dataclasses
import random

import pytest
from fault_server import KINDS, Fate, fate

from selftaught.models import Answer, pace
from soak import requests
from soak.requests import PLACES, SILENCE_S, ideal_s, queries, wrong


def fates(*told):
    return [Fate(kind, delay_s, "", 1, 1, 1, "") for kind, delay_s in told]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ([("", 0.25)], 0.25),
        ([("500", 0.25), ("", 0.5)], 0.75),  # it does not back off,
        ([("429 seconds", 0.25), ("", 0.5)], 1.75),  # but for as long as it was told to,
        ([("429 date", 0.25), ("", 0.5)], 2.5),  # and until when,
        ([("silence", 0.25), ("", 0.5)], SILENCE_S + 0.5),  # and waits until a silence is cut off
    ],
)
def test_what_the_ideal_client_must_wait_for(told, seconds):
    assert ideal_s({"query": fates(*told)}) == seconds


def test_the_ideal_client_has_no_more_places_than_ours():
    one = {str(i): fates(("", 0.5)) for i in range(PLACES)}
    assert ideal_s(one) == 0.5
    assert ideal_s(one | {"one more": fates(("", 0.5))}) == 1.0
    waiting = {str(i): fates(("429 seconds", 0.5), ("", 0.5)) for i in range(PLACES)}
    assert ideal_s(waiting) == ideal_s(waiting | {"meanwhile": fates(("", 0.75))}) == 2.0


def test_the_ideal_client_keeps_to_what_a_server_takes():
    assert ideal_s({str(i): fates(("", 0.1)) for i in range(30)}, per_s=10) == pytest.approx(2.1)


@pytest.mark.parametrize("seed", range(3))
def test_the_ideal_client_is_as_fast_as_can_be(seed):
    trace = queries(seed, 2000)
    held_s = sum(
        SILENCE_S if told.kind == "silence" else told.delay_s for each in trace.values() for told in each
    )
    assert held_s / PLACES <= ideal_s(trace) < 1.01 * held_s / PLACES + SILENCE_S / 10
    assert sum(map(len, trace.values())) >= 2000
    kinds = [told.kind for each in trace.values() for told in each]
    assert set(kinds) == {"", *KINDS}
    assert 0.27 < 1 - kinds.count("") / len(kinds) < 0.33


def test_a_fate_depends_on_nothing_but_its_address():
    told = fate(4, "query-7", 2, 0.5, 0.4)
    random.random()
    assert fate(4, "query-7", 2, 0.5, 0.4) == told != fate(4, "query-7", 3, 0.5, 0.4)


def test_whatever_is_not_as_the_books_say_is_found():
    names = ("a", "b")
    answers = {name: Answer(f"the answer to {name}", "ok", "", 3, 4, 2, 1) for name in names}
    books = {
        "whole": {name: [f"the answer to {name}"] for name in names},
        "asked": dict.fromkeys(names, 2),
        "possibly_billed": dict.fromkeys(names, 1),
        "tokens_in": dict.fromkeys(names, 3),
        "tokens_out": dict.fromkeys(names, 4),
        "again": [],
        "early": [],
        "max_in_flight": PLACES,
    }
    assert wrong(answers, books) == []
    for other in (
        {"text": "another"}, {"requests": 3}, {"possibly_billed": 0}, {"tokens_in": None}, {"tokens_out": 5},
    ):  # fmt: skip
        assert len(wrong(answers | {"b": dataclasses.replace(answers["b"], **other)}, books)) == 1
    lost = Answer("", "failed", "no time; given up after 2 requests", 3, 4, 2, 1)
    assert "is lost" in wrong(answers | {"b": lost}, books)[0]
    for other in (
        {"whole": books["whole"] | {"a": ["the answer to a"] * 2}}, {"again": ["a"]}, {"early": ["b"]},
        {"max_in_flight": PLACES + 1}, {"asked": {"a": 2}},
    ):  # fmt: skip
        assert len(wrong(answers, books | other)) == 1


def test_throughput_is_close_to_the_ideal_clients_whatever_the_machine_does(monkeypatch):
    assert requests.simulated(1, 6000) >= requests.LEAST
    monkeypatch.setattr(pace.Pace, "held", True)  # the twin: whoever backs off keeps its place
    assert requests.simulated(1, 2000) < requests.LEAST


def test_beyond_what_a_server_takes_requests_are_turned_down_and_come_again():
    result = requests.run("chat", 6, 60, per_s=20.0)
    assert result["wrong"] == []
    assert result["requests"] - result["turned down"] >= 60
    assert result["turned down"] > 0
    assert result["answers"] == result["queries"]
