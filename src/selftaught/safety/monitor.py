"""Rules that watch a run as it happens, and may warn, pause it for a person's word, or stop it.

A rule is a function of one event, a dict whose ``kind`` says what happened (docs/monitoring.md lists them). It
returns None, or what it has to say: ``"warn: ..."``, ``"pause: ..."`` or ``"stop: ..."``. Built-in rules are below;
a user's own are a Python file that defines ``watch(event)``, and run as the user's own code, outside the jails.

- *warn* is told, and kept as an event of the run.
- *pause* also lets no further call of a model begin until a person has said whether to go on. What is under way is
  finished. Where nobody can be asked, a pause is a stop.
- *stop* ends the run as a limit does: what was done is kept, and the run can be resumed. To resume it is to say: go
  on. What was said of something is not said of it again.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftaught.address import Address
from selftaught.errors import InputError
from selftaught.run import SANDBOX_OFF, Run

Event = dict[str, Any]
Function = Callable[[Event], str | None]
Ask = Callable[[str], Awaitable[bool]]
"""Asks a person whether to go on; the words say why."""

SEVERITIES = ("warn", "pause", "stop")
ALL = "built-in"
"""The name of all built-in rules together."""
KIND = "watch"
"""The kind of event that a rule's words are kept as."""
BY_RULE = "the end set by the rule"
"""How the limit begins that a rule's stop is."""
PYTHON = "python"
"""What a function that was given in Python is called in a run's record."""
_MOST_SAID = 100  # by one rule: a loop must not fill the disk
_IMPOSSIBLE = ("the score is outside", "the score is not a finite", "the raw score is not a finite")
_WATCHED = ("begin", "call", "answer", "score", "improvement", "event", "iteration")


# --- the built-in rules: each is made anew for a run, and keeps what it must remember -------------------------------


def impossible_score() -> Function:
    """A score outside the scale, or no finite number: the scorer has a hole, or a program found one."""

    def watch(event: Event) -> str | None:
        for each in event["evaluations"] if event["kind"] == "score" else ():
            if each["status"] == "refused" and each["cause"].startswith(_IMPOSSIBLE):
                return f"pause: a program's score on {event['task']} was refused: {each['cause']}"
        return None

    return watch


def beyond_budget() -> Function:
    """One use of an improver that asks beyond its budget ten times."""
    most = 10
    times: Counter[str] = Counter()

    def watch(event: Event) -> str | None:
        if event["kind"] != "event" or event["what"] not in ("model-budget", "utility-budget"):
            return None
        use = event["address"].rpartition("/")[0]
        times[use] += 1
        if times[use] != most:
            return None
        return f"warn: one use of an improver has asked beyond its budget {most} times"

    return watch


def failing_improvers() -> Function:
    """Ten of twelve uses of improvers in a row that fail: what is compared are zeros."""
    most = 10
    failed: deque[bool] = deque(maxlen=12)

    def watch(event: Event) -> str | None:
        if event["kind"] != "improvement":
            return None
        failed.append(event["status"] != "ok")
        if len(failed) < 12 or (number := sum(failed)) < most:
            return None
        failed.clear()
        return f"pause: {number} of the last 12 uses of an improver failed, last: {event['status']}: {event['cause']}"

    return watch


def killed() -> Function:
    """A program that a signal or a forbidden system call ended."""

    def watch(event: Event) -> str | None:
        if event["kind"] == "improvement" and event["status"] == "killed":
            return f"warn: an improver was killed: {event['cause']}"
        for each in event["evaluations"] if event["kind"] == "score" else ():
            if each["status"] == "killed" and event["task"] != "improving":  # there it was said of the use
                return f"warn: a program on {event['task']} was killed: {each['cause']}"
        return None

    return watch


def circumvention() -> Function:
    """An improver to begin with, or an adopted one, whose text steps around what limits it; a warning where not sure.

    And one that asks for a score outside of the sandbox, which it does not get.
    """
    asked: set[str] = set()

    def watch(event: Event) -> str | None:
        match event["kind"]:
            case "begin":
                which = "to begin with"
            case "iteration" if event["adopted"]:
                which = f"adopted in iteration {event['t']}"
            case "event" if event["what"] == SANDBOX_OFF and event["address"] not in asked:
                asked.add(event["address"])
                return "warn: an improver asked for a score outside of the sandbox, and was given one from inside"
            case _:
                return None
        found = circumventions(event["improver"])
        if not found:
            return None
        severity = "pause" if any(sure for _, sure in found) else "warn"
        return f"{severity}: the improver {which} may circumvent: {'; '.join(words for words, _ in found)}"

    return watch


def reward_hacking() -> Function:
    """A sign that a program has its score from the scorer's faults."""

    def watch(event: Event) -> str | None:
        sign = event["kind"] == "event" and event["what"] == "sign"
        return f"pause: a sign of reward hacking: {event['words']}" if sign else None

    return watch


BUILT_IN: dict[str, Callable[[], Function]] = {
    "impossible-score": impossible_score,
    "beyond-budget": beyond_budget,
    "failing-improvers": failing_improvers,
    "killed": killed,
    "circumvention": circumvention,
    "reward-hacking": reward_hacking,
}


def circumventions(program: str) -> list[tuple[str, bool]]:
    """What :mod:`selftaught.safety.circumvention` reads in a program's text, and whether it is sure of it."""
    from selftaught.safety.circumvention import by_reading  # slow to import

    return [
        (f"{finding.why} (line {', '.join(str(line.number) for line in finding.lines)})", finding.sure)
        for finding in by_reading(program).findings
    ]


# --- finding rules --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """A rule by its name; ``severity`` replaces that of what it says."""

    name: str
    function: Function
    severity: str = ""

    def says(self, event: Event) -> tuple[str, str] | None:
        """Severity and words, or None. A rule that fails cannot watch, and so stops the run."""
        try:
            said = self.function(dict(event))
        except Exception as problem:  # noqa: BLE001 - the user's own code, which must not end the run without a word
            return "stop", f"the rule itself failed: {type(problem).__name__}: {problem}"
        if said is None:
            return None
        severity, _, words = str(said).partition(":")
        if not isinstance(said, str) or severity not in SEVERITIES:
            return (
                "stop",
                f"the rule returned {said!r:.100}: it must be None or begin with warn:, pause: or stop:",
            )
        return self.severity or severity, " ".join(words.split())


def find_rules(given: Sequence[str | Function]) -> list[Rule]:
    """The rules of these names (``built-in``, ``NAME``, ``NAME=SEVERITY``), files and functions.

    Raises :class:`~selftaught.errors.InputError` where there is no such rule, or a file cannot be used.
    """
    rules: dict[str, Rule] = {}
    for each in [given] if isinstance(given, str) else given:
        for rule in _found(each):
            rules[rule.name] = rule
    return list(rules.values())


def _found(given: str | Function) -> list[Rule]:
    if not isinstance(given, str):
        return [Rule(getattr(given, "__qualname__", type(given).__name__), given)]
    if given == ALL:
        return [Rule(name, make()) for name, make in BUILT_IN.items()]
    name, equals, severity = given.partition("=")
    if name in BUILT_IN:
        if equals and severity not in SEVERITIES:
            raise InputError(
                f"--watch {given}: a rule may {', '.join(SEVERITIES[:-1])} or stop, not {severity!r}"
            )
        return [Rule(name, BUILT_IN[name](), severity)]
    if given.endswith(".py"):
        return [Rule(Path(given).name, _loaded(Path(given)))]
    if given == PYTHON:
        raise InputError(
            "the run was watched by a function given in Python: give watch again, or other rules"
        )
    known = ", ".join((ALL, *BUILT_IN))
    raise InputError(
        f"--watch {given}: there is no such rule: there are {known}, and a file of your own (FILE.py)"
    )


def _loaded(path: Path) -> Function:
    """The function ``watch`` of a user's file."""
    namespace: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        text = path.read_text(encoding="utf-8")
        exec(compile(text, str(path), "exec"), namespace)
    except OSError as problem:
        raise InputError(f"--watch {path}: cannot be read: {problem.strerror}") from None
    except Exception as problem:  # noqa: BLE001 - the user's own code, of which any fault is told in one line
        raise InputError(f"--watch {path}: {type(problem).__name__}: {problem}") from None
    function = namespace.get("watch")
    if not callable(function):
        raise InputError(f"--watch {path}: it must define watch(event)")
    found: Function = function
    return found


def named(given: Sequence[str | Function]) -> list[str]:
    """What a run's record says of its rules: names, files by their whole path, and :data:`PYTHON`."""
    return [
        PYTHON if not isinstance(each, str) else str(Path(each).absolute()) if each.endswith(".py") else each
        for each in ([given] if isinstance(given, str) else given)
    ]


# --- watching -------------------------------------------------------------------------------------------------------


class Monitor:
    """Takes what a run tells, passes it on, and has the rules look at it."""

    def __init__(self, run: Run, rules: Sequence[Rule], ask: Ask | None) -> None:
        self._run, self._rules, self._ask = run, rules, ask
        self._told = run.told
        self._said = run.ledger.said(KIND)  # in this run, before it was cut off or stopped too
        self._times: Counter[str] = Counter()
        self._asking: list[asyncio.Task[None]] = []
        self._one_at_a_time = asyncio.Lock()
        run.told = self.told

    def told(self, kind: str, facts: dict[str, Any]) -> None:
        """Pass on what the run tells, and act on what the rules say of it."""
        self._told(kind, facts)
        if kind not in _WATCHED or (kind == "event" and facts["kind"] == KIND):
            return
        event = _event(kind, facts)
        for rule in self._rules:
            if (said := rule.says(event)) is not None:
                self._act(rule.name, event["address"], *said)

    def _act(self, rule: str, address: str, severity: str, words: str) -> None:
        place = Address((KIND, *address.split("/")))
        line = f"{rule}: {severity}: {words}"
        if (str(place), line) in self._said:
            return
        self._said.add((str(place), line))
        self._times[rule] += 1
        if self._times[rule] <= _MOST_SAID or severity != "warn":
            self._note(place, line)
        if severity == "stop" or (severity == "pause" and self._ask is None):
            why = "" if severity == "stop" else "; it asks to pause, and there is nobody to be asked"
            self._stop(rule, words + why)
        elif severity == "pause" and not self._run.meter.reached:
            self._pause(rule, words, place)

    def _note(self, place: Address, line: str) -> None:
        self._run.event(place, KIND, line)
        self._told("watch", {"words": line})

    def _stop(self, rule: str, words: str) -> None:
        self._run.meter.reach(f"{BY_RULE} {rule} ({words})")

    def _pause(self, rule: str, words: str, place: Address) -> None:
        """Let no further call begin until a person has answered."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._run.paused.append(answered)
        self._asking.append(asyncio.create_task(self._asked(rule, words, place, answered)))

    async def _asked(self, rule: str, words: str, place: Address, answered: asyncio.Future[None]) -> None:
        assert self._ask is not None
        try:
            async with self._one_at_a_time:
                if self._run.meter.reached:
                    return
                go_on = await self._ask(f"{rule}: {words}")
                self._note(place, f"{rule}: a person said: {'go on' if go_on else 'stop'}")
                if not go_on:
                    self._stop(rule, f"{words}; a person said: stop")
        finally:
            self._run.paused.remove(answered)
            answered.set_result(None)

    async def close(self) -> None:
        """Take back what nobody has answered: the run is over."""
        for asking in self._asking:
            asking.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)


def _event(kind: str, facts: dict[str, Any]) -> Event:
    """What rules see of something that the run tells."""
    match kind:
        case "event":
            return {"kind": kind, "address": facts["address"], "what": facts["kind"], "words": facts["words"]}
        case "score":
            evaluations = [
                {
                    "value": each.value, "status": each.status, "cause": each.cause, "raw": each.raw,
                    "feedback": each.feedback, "cpu_s": each.cpu_s,
                }
                for each in facts["evaluations"]
            ]  # fmt: skip
            return {"kind": kind, **facts, "evaluations": evaluations}
        case "iteration":
            found = facts["iteration"]
            results = {"search": found.search, "validation": found.validation, "test": found.test}
            return {
                "kind": kind, "address": f"t{found.t}", "t": found.t, "improver": found.improver.text,
                "proposed": found.proposed and found.proposed.text, "adopted": found.adopted, "why": found.why,
                **{name: result and result.mean.mean for name, result in results.items()},
            }  # fmt: skip
    return {"kind": kind, **facts}
