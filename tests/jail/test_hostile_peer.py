"""A hostile peer in the place of the jail, on real sockets: whatever it does, the trusted side is told an outcome.

The machines are run for longer, and the same peer's script is left to a fuzzer, by ``make soak``.
"""

import asyncio
import itertools
import os
import signal
import struct
from contextlib import closing, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from processes import descriptors
from test_wire import extensions, raw, same, values

from selftaught.budget import Limits
from selftaught.errors import IsolationError
from selftaught.jail import cell as cells
from selftaught.jail import wire
from selftaught.jail.cell import Cell, Outcome, Slot, ZygoteLost, _Conversation
from selftaught.jail.zygote import BORN, ENDED, NOT_SEALED
from soak import hostile
from soak.hostile import AMPLE, LOST, NO_CPU, NO_WALL, PROGRAM, Asked, Peer

SECONDS = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# --- frames --------------------------------------------------------------------------------------------------------


class FramesMachine(RuleBasedStateMachine):
    """A stream arrives in pieces: the frames are those that were written, each as soon as it is whole."""

    inputs = 0

    def __init__(self):
        super().__init__()
        self.frames = wire.Frames()
        self.stream = b""
        self.expected = []
        self.broken = self.refused = False

    intact = precondition(lambda self: not self.broken)

    @intact
    @rule(body=st.binary(max_size=300))
    def write_a_frame(self, body):
        self.stream += hostile.frame(body)
        self.expected.append(body)

    @intact
    @rule(length=st.integers(wire.MAX_FRAME_BYTES + 1, 2**32 - 1), rest=st.binary(max_size=10))
    def announce_too_much(self, length, rest):
        self.stream += struct.pack("<I", length) + rest
        self.broken = True

    @precondition(lambda self: self.refused)
    @rule()
    def start_anew(self):
        assert not self.expected
        self.__init__()

    @precondition(lambda self: not self.refused)
    @rule(size=st.integers(0, 700), take=st.integers(1, 5))
    def arrive(self, size, take):
        piece, self.stream = self.stream[:size], self.stream[size:]
        self.take(itertools.islice(self.frames.feed(piece), take))

    def take(self, bodies):
        type(self).inputs += 1
        try:
            for body in bodies:
                assert body == self.expected.pop(0)
        except wire.Refused:
            self.refused = True

    def teardown(self):
        if not self.refused:
            self.take(self.frames.feed(self.stream))
        assert self.refused == self.broken
        assert not self.expected


# --- a conversation ------------------------------------------------------------------------------------------------


def may_cross(value):
    """Whether it may be a result or an argument."""
    try:
        wire.pack(value, finite=True)
    except wire.Refused:
        return False
    return True


plain = values.filter(may_cross)
names = st.sampled_from([*Asked.methods, *Asked.properties])
keywords = st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=2)
asks = st.tuples(
    st.just("ask"), st.integers(-5, 2**62), st.just(0), names, st.lists(plain, max_size=3), keywords
).map(list)
results = st.tuples(st.just("result"), st.just(1), st.just(True), plain).map(list)
failures = st.tuples(
    st.just("result"),
    st.just(1),
    st.just(False),
    st.tuples(
        st.sampled_from(["error", "memory", "refused"]), st.text(max_size=600), st.text(max_size=9)
    ).map(list),
).map(list)
statuses = st.lists(st.sampled_from(["ok", "timeout", "killed", ""]), min_size=3, max_size=3)
nonsense = st.one_of(
    plain,
    st.lists(plain, max_size=6),
    st.tuples(st.just("ask"), st.just(1), st.integers(1, 2**63 - 1), names, st.just([]), st.just({})).map(
        list
    ),
    st.tuples(st.just("ask"), st.just(1), st.just(0), st.text(max_size=8), st.just([]), st.just({})).map(
        list
    ),
    st.tuples(st.just("result"), st.integers(2, 9), st.just(True), plain).map(list),
    st.tuples(st.just("result"), st.just(1), st.just(False), statuses).map(list),
)
forged = st.randoms(use_true_random=False).map(hostile.message) | extensions.map(raw) | st.binary(max_size=60)
answers = st.one_of(plain, st.just(object()), st.just(float("nan")), st.just(b"x" * 200_000), st.just(2**70))
sound_status = st.just([hostile.birth(), hostile.death()]) | st.integers(1, 64).map(
    lambda number: [hostile.birth(), hostile.death(number)]
)
any_status = st.lists(
    st.sampled_from([hostile.birth(), hostile.death(), hostile.death(40), NOT_SEALED + b"seccomp", b"", b"B", b"E"])
    | st.binary(max_size=BORN.size)
    | st.binary(min_size=ENDED.size, max_size=ENDED.size).map(lambda data: b"E" + data[1:])
    | st.binary(min_size=BORN.size, max_size=BORN.size).map(lambda data: b"B" + data[1:]),
    max_size=4,
)  # fmt: skip


def is_of_the_conversation(message):
    """Whether a message that was drawn as nonsense happens to be none."""
    match message:
        # the types are asked for first, since an array compares with nothing
        case [str("result"), int(1), True, _]:
            return True
        case [str("ask"), int(), int(0), str("__call__" | "many" | "uses"), list(), dict()]:
            return True
    return False


class ConversationMachine(RuleBasedStateMachine):
    """A peer says what it likes, step by step, and the trusted side takes its own steps in between.

    The model is what has been said and not yet heard; it is given up once the peer has sent what nobody can foretell.
    """

    inputs = 0

    @initialize(status=sound_status | any_status)
    def begin(self, status):
        self.status, self.peer = status, Peer()
        self.talk = _Conversation(self.peer, AMPLE)
        for datagram in status:
            self.peer.tell(datagram)
        self.peer.status.close()
        self.said, self.asks, self.replies = [], [], []
        self.foretold, self.hung_up, self.over = True, False, None
        self.received = wire.Frames()
        try:
            self.talk.load(PROGRAM, b"")
            self.talk.begin("f", [Asked()])
            self.talk.born(self.talk.status.recv(256))
        except LOST as problem:
            self.lost(problem)

    @precondition(lambda self: self.over is not None)
    @rule(status=sound_status | any_status)
    def begin_anew(self, status):
        self.teardown()
        self.begin(status)

    def lost(self, problem):
        assert hostile.said_so(problem, self.status), (problem, self.status)
        self.over = problem

    alive = precondition(lambda self: self.over is None)
    connected = precondition(lambda self: self.over is None and not self.hung_up)

    @connected
    @rule(message=asks | results | failures)
    def say(self, message):
        self.peer.write(hostile.frame(raw_message(message)))
        self.said.append(message)

    @connected
    @rule(message=nonsense)
    def say_nonsense(self, message):
        self.say(message)
        if not is_of_the_conversation(message):
            self.said[-1] = "nonsense"

    @connected
    @rule(data=forged, framed=st.booleans())
    def say_what_nobody_can_foretell(self, data, framed):
        self.peer.write(hostile.frame(data) if framed else data)
        self.foretold = False

    @connected
    @rule(data=st.binary(max_size=3000))
    def print(self, data):
        self.peer.print(data)

    @connected
    @rule()
    def hang_up(self):
        self.peer.hang_up()
        self.hung_up = True

    @connected
    @rule()
    def read(self):
        self.talk.flush()
        for body in self.received.feed(self.peer.read()):
            message = wire.unpack(body, proxy=lambda described: described.identity)
            if message[0] == "reply":
                assert message[1:3] == self.replies.pop(0)

    @alive
    @rule()
    def hear(self):
        type(self).inputs += 1
        try:
            events = self.talk.hear()
        except LOST as problem:
            self.lost(problem)
            return
        assert not any(isinstance(event, Outcome) for event in events[:-1])
        for event in events:
            assert not hostile.fault(event), hostile.fault(event)
            if self.foretold:
                self.as_foretold(event)
            if isinstance(event, Outcome):
                self.over = event
            else:
                self.asks.append(event)

    def as_foretold(self, event):
        if not self.said:
            assert self.hung_up
            assert event.status in ("error", "killed", "timeout")
            return
        match self.said.pop(0):
            case ["ask", number, 0, name, args, kwargs]:
                assert (event.number, event.name) == (number, name)
                assert same(event.args, args)
                assert event.kwargs == kwargs
            case ["result", 1, True, value]:
                assert event.status == "ok"
                assert same(event.value, value)
            case ["result", 1, False, [status, words, _]]:
                assert event.status == status
                assert "".join(event.error.split()).startswith("".join(words.split())[:50])
            case "nonsense":
                assert event.status == "refused"

    @alive
    @precondition(lambda self: self.asks)
    @rule(fine=st.booleans(), answer=answers)
    def answer(self, fine, answer):
        ask = self.asks.pop(0)
        try:
            wire.pack(answer)
        except wire.Refused:
            self.replies.append([ask.number, False])
        else:
            self.replies.append([ask.number, fine])
        self.talk.reply(ask, fine, answer)

    @alive
    @rule(limits=st.sampled_from([AMPLE] * 8 + [NO_CPU, NO_WALL]))
    def look_at_the_clock(self, limits):
        self.talk.limits = limits
        try:
            outcome = self.talk.overrun()
        except LOST as problem:
            self.lost(problem)
            return
        stands_still = bool(self.asks)  # while it waits for us
        assert (outcome is not None) == (limits is NO_CPU or (limits is NO_WALL and not stands_still))
        if outcome:
            assert not hostile.fault(outcome), hostile.fault(outcome)
            assert outcome.status == "timeout"
            self.over = outcome

    @invariant()
    def questions_are_counted(self):
        if getattr(self, "over", True) is None:
            assert self.talk.open_asks == len(self.asks)

    def teardown(self):
        if hasattr(self, "talk"):
            self.peer.close()
            self.talk.close()


def raw_message(message):
    """A message as our own side packs it; what was drawn is what may cross."""
    return wire.pack(message)[4:]


MACHINES = (FramesMachine, ConversationMachine)

for machine in MACHINES:
    machine.TestCase.settings = SECONDS
TestFrames = FramesMachine.TestCase
TestConversation = ConversationMachine.TestCase


# --- whole calls ---------------------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.just("say"), asks | results | failures)
    | st.tuples(st.just("forge"), forged)
    | st.tuples(st.just("print"), st.binary(max_size=100))
    | st.tuples(st.just("read"), st.none())
    | st.tuples(st.just("wait"), st.none()),
    max_size=12,
)


async def conversed(status, script):
    """What a call comes to whose jail plays ``script`` beside it."""
    peer = Peer()
    shares = asyncio.Semaphore(1)

    async def play():
        for kind, what in script:
            if kind == "say":
                peer.write(hostile.frame(raw_message(what)))
            elif kind == "forge":
                peer.write(hostile.frame(what))
            elif kind == "print":
                peer.print(what)
            elif kind == "read":
                peer.read()
            else:
                for _ in range(5):
                    await asyncio.sleep(0)
        peer.hang_up()

    try:
        with Cell(peer, AMPLE, PROGRAM, b"") as cell:
            for datagram in status:
                peer.tell(datagram)
            peer.status.close()
            playing = asyncio.ensure_future(play())
            try:
                outcome = await cell.converse("f", [Asked()], Slot(shares))
            except LOST as problem:
                outcome = problem
            await playing
    finally:
        peer.close()
    assert not shares.locked(), "a share of the cores was not given back"
    assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"
    return outcome


@settings(SECONDS, max_examples=120)
@given(sound_status | any_status, steps)
def test_a_conversation_that_runs_beside_its_peer_ends_with_an_outcome(status, script):
    with asyncio.Runner() as runner:
        outcome = runner.run(conversed(status, script))
    if isinstance(outcome, Outcome):
        assert not hostile.fault(outcome), hostile.fault(outcome)
    else:
        assert hostile.said_so(outcome, status)


def call(*said, status=None, then_hang_up=True, limits=AMPLE):
    """What a call comes to, everything that the jail says being there from the start."""
    peer = Peer()
    try:
        with Cell(peer, limits, PROGRAM, b"") as cell:
            for datagram in [hostile.birth(), hostile.death()] if status is None else status:
                peer.tell(datagram)
            peer.status.close()
            for data in said:
                peer.write(data)
            if then_hang_up:
                peer.hang_up()
            return cell.call("f", [])
    finally:
        peer.close()


def message(*parts):
    return hostile.frame(raw(list(parts)))


@pytest.mark.parametrize("number", range(1, 65))
def test_every_signal_that_can_end_a_jail_has_words(number):
    outcome = call(status=[hostile.birth(), hostile.death(number)])
    assert (outcome.status, outcome.value) == ("killed" if number != signal.SIGXCPU else "timeout", None)
    assert not hostile.fault(outcome)


@pytest.mark.parametrize(
    "words", ["", "\n", "two\nlines", "\r\n" * 300, " ", "x" * 10_000, "\ud800", "\x1b[31m\x00"]
)
def test_a_cause_from_inside_is_one_line_and_never_empty(words):
    outcome = call(message("result", 1, False, ["error", words, words]))
    assert outcome.status == "error"
    assert outcome.error.strip()
    assert len(outcome.error.splitlines()) == 1
    assert not hostile.fault(outcome)


@pytest.mark.parametrize(
    "datagram",
    [b"", b"B", b"E", b"N", b"?", b"B" * 40, b"E" * 40, BORN.pack(b"B", -1, 0.0), BORN.pack(b"B", 0, 0.0),
     BORN.pack(b"B", -(2**31), 0.0), BORN.pack(b"B", 2**31 - 1, 0.0), ENDED.pack(b"E", 0, 0.0, 0.0, 0)[:-1]],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("before", [[], [hostile.birth()]], ids=["first", "later"])
def test_a_damaged_status_line_means_that_the_zygote_is_lost(datagram, before):
    with pytest.raises(IsolationError if datagram[:1] == NOT_SEALED else ZygoteLost):
        call(status=[*before, datagram])


def test_a_birth_in_the_future_does_not_stop_the_clock():
    born = BORN.pack(b"B", os.getpid(), float("inf"))
    limits = Limits(cpu_s=86_400, wall_s=0.01)
    outcome = call(status=[born, hostile.death()], then_hang_up=False, limits=limits)
    assert outcome.status == "timeout"


@pytest.mark.parametrize("says", [[], [hostile.birth()]], ids=["nothing", "a birth"])
def test_a_status_line_that_falls_silent_means_that_the_zygote_is_lost(says, monkeypatch):
    monkeypatch.setattr(cells, "_GRACE_S", 0.05)
    peer = Peer()
    with closing(peer), Cell(peer, AMPLE, PROGRAM, b"") as cell:
        for datagram in says:
            peer.tell(datagram)
        peer.hang_up()
        with pytest.raises(ZygoteLost):
            cell.call("f", [])


@pytest.fixture
def talk():
    """A conversation under way, and its peer."""
    peer = Peer()
    with closing(peer), closing(_Conversation(peer, AMPLE)) as talk:
        for datagram in (hostile.birth(), hostile.death()):
            peer.tell(datagram)
        talk.begin("f", [Asked()])
        yield talk, peer


def heard(talk, peer, data):
    """All that the trusted side is told of ``data``, until it has all arrived or there is an outcome."""
    events, data = [], memoryview(data)
    while data and not any(isinstance(event, Outcome) for event in events):
        with suppress(BlockingIOError):
            data = data[peer.wire.send(data[:65536]) :]
        events += talk.hear()
    while more := talk.hear():
        events += more
        if isinstance(more[-1], Outcome):
            break
    return events


def test_calls_at_once_are_counted_and_no_more_are_answered(talk):
    ask = message("ask", 1, 0, "many", [], {})
    *asked, outcome = heard(*talk, ask * 1500)
    assert len(asked) == 1024
    assert (outcome.status, outcome.value) == ("refused", None)
    assert "more than 1024 calls at once" in outcome.error


def test_calls_at_once_hold_no_more_than_one_frame_may(talk):
    ask = message("ask", 1, 0, "many", ["x" * 2**20], {})
    *asked, outcome = heard(*talk, ask * 40)
    assert outcome.status == "refused"
    assert len(asked) < 17
    assert not hostile.fault(outcome)


def test_one_call_may_be_as_large_as_a_frame_and_after_it_another(talk):
    ask = message("ask", 1, 0, "many", ["x" * (wire.MAX_FRAME_BYTES - 100)], {})
    for _ in range(2):
        (asked,) = heard(*talk, ask)
        talk[0].reply(asked, True, None)
    assert talk[0].open_asks == 0


def test_calls_whose_answers_are_not_read_come_to_an_end(talk):
    ask = message("ask", 1, 0, "many", [], {})
    for _ in range(100):
        (event,) = heard(*talk, ask)
        if isinstance(event, Outcome):
            break
        talk[0].reply(event, True, b"x" * 2**20)
    assert event.status == "refused"
    assert "answers are not read" in event.error


def test_whatever_a_peer_did_no_descriptor_is_left():
    def every_way():
        call(message("result", 1, True, 5))
        call(b"\xff" * 100)
        call()
        with suppress(ZygoteLost):
            call(status=[])
        with suppress(IsolationError):
            call(status=[NOT_SEALED])
        asyncio.run(conversed([hostile.birth(), hostile.death()], [("say", ["ask", 1, 0, "many", [], {}])]))

    every_way()
    before = sorted(descriptors())
    for _ in range(20):
        every_way()
    assert len(descriptors()) == len(before)
