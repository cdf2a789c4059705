"""The words of an earlier run: ``recording:RUN`` asks no model, and runs and scores every program anew.

A ledger is a recording. An answer is looked up by its address; where the recording has none there, the next one that
answered the same question (the same messages, temperature and limit of tokens) and was not given yet, in the order
in which they came. No answer is given twice in the place of two, since samples are to be independent.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selftaught.errors import LedgerError, ModelError, ModelLost
from selftaught.models import Answer, Message, Query

if TYPE_CHECKING:
    from selftaught.ledger import Ledger

_SHOWN = 60  # characters of a prompt that is lacking
_USUAL = {"adopt": "not-worse", "improver": "seed"}  # options that need not be given


class Recording:
    """The answers in one ledger: the run's folder, or a file that was exported.

    ``label`` says what it is; ``seed`` is the recorded run's; ``names`` and ``meta_names`` are those of the models
    whose words these are, as the run asked them; :meth:`model` is one of them.
    """

    def __init__(self, path: Path) -> None:
        from selftaught.ledger import Ledger  # which imports the protocol of models

        self._ledger = Ledger(path, new=False)
        run = self._ledger.fact("run") or path.stem
        self.label = f"recording:{run}"
        self.seed: int | None = self._ledger.fact("seed")
        said_by = self._ledger.models_of()
        given = self._ledger.fact("models") or {}
        self.names: list[str] = given.get("model") or self._ledger.said_by() or [self.label]
        self.meta_names: list[str] = given.get("meta_model") or []
        self._waiting: dict[tuple[str, str], deque[str]] = {}
        for address in self._ledger.answered():
            asked = said_by.get(address, self.names[0]), address.split("/")[-2]
            self._waiting.setdefault(asked, deque()).append(address)
        self._given: set[str] = set()
        if not self._waiting:
            self._ledger.close()
            raise ModelError(f"{self.label}: there are no answers in {path}: name a run that asked its model")
        self.most_answer_tokens = self._ledger.longest_answer()
        self._number, self._command = sum(map(len, self._waiting.values())), command_of(self._ledger)

    def model(self, name: str) -> RecordingModel:
        """The model of this name."""
        role = self.names if name in self.names else self.meta_names
        return RecordingModel(self, name, role.index(name))

    def answer(self, name: str, which: int, query: Query) -> Answer:
        """What the model ``name``, at place ``which`` of its role, said.

        Raises :class:`~selftaught.errors.ModelLost` where it said nothing.
        """
        found = self._ledger.answer(query.address) if query.address not in self._given else None
        if found is not None:
            self._given.add(query.address)
            return found
        from selftaught.run import prompt_key

        key = prompt_key(query.messages, query.temperature, query.answer_tokens, which)
        next_one = self._next(name, key)
        found = None if next_one is None else self._ledger.answer(next_one)
        if found is not None:
            return found
        raise ModelLost(
            f"{self.label} lacks an answer to the prompt that begins {_beginning(query.messages)} "
            f"(temperature {query.temperature:g}), asked at {query.address or 'no address'}; {self._holds()}"
        )

    def _holds(self) -> str:
        """What there is instead, and how to ask for it."""
        holds = f"it holds {self._number:,} answers"
        if not self._command:
            return holds
        return (
            f"{holds} of `selftaught {self._command}` with seed {self.seed}: give these options, no other --seed, "
            "and the task and the improver as they were"
        )

    def gave(self, answered: Mapping[str, str]) -> None:
        """Take note of what was answered from here before, in a replay that was cut off: addresses and models' names.

        In the order in which they were answered.
        """
        self._given.update(address for address in answered if self._ledger.answer(address) is not None)
        for address, name in answered.items():
            if address not in self._given:
                self._next(name, address.split("/")[-2])

    def _next(self, name: str, key: str) -> str | None:
        """The address of the next answer to this question that was not given."""
        waiting = self._waiting.get((name, key), deque())
        while waiting:
            if (address := waiting.popleft()) not in self._given:
                self._given.add(address)
                return address
        return None

    def close(self) -> None:
        """Let go of the file."""
        self._ledger.close()


class RecordingModel:
    """One model of a recording, as a :class:`selftaught.models.LanguageModel`; closing it closes the recording."""

    concurrency = 64

    def __init__(self, recording: Recording, name: str, which: int = 0) -> None:
        self.name = name
        self._which = which
        self.most_answer_tokens: int | None = recording.most_answer_tokens
        self._recording = recording

    async def answer(self, query: Query) -> Answer:
        """The recorded answer; raises :class:`~selftaught.errors.ModelLost` where there is none."""
        return self._recording.answer(self.name, self._which, query)

    async def close(self) -> None:
        """Let go of the file."""
        self._recording.close()


def command_of(ledger: Ledger) -> str:
    """The command that a recorded run was, as a replay must be to find all its answers; "" where it is not known.

    Without the seed, which a replay takes from the recording, and without the model.
    """
    kind, tasks, budget = (ledger.fact(name) for name in ("kind", "tasks", "budget"))
    if kind not in ("stop", "improve") or not tasks or not budget:
        return ""
    words = ["improve", *tasks] if kind == "improve" else ["run"]
    said: dict[str, Any] = {}
    if kind == "stop":
        for task in tasks:
            words += ["--task", task]
        said = {name: ledger.fact(name) for name in ("iterations", "repeats", "adopt")}
        first = ledger.fact("improver")
        said["improver"] = (first.get("name") or None) if isinstance(first, dict) else None
    said |= budget | {"time": budget.get("time_s"), "time_s": None}
    for name, usual in _USUAL.items():
        if said.get(name) == usual:
            said[name] = None
    if said.get("scores") == budget["calls"] * budget["samples"] + 1:
        said["scores"] = None
    for name, value in said.items():
        words += [] if value is None else [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def find_recording(name: str, runs: Path) -> Recording:
    """The recording that ``name`` means: a run's ID in ``runs``, its folder, or an exported file."""
    for path in (Path(name), runs / name):
        if path.is_file() or (path / "ledger.sqlite").is_file():
            try:
                return Recording(path)
            except LedgerError as problem:
                raise ModelError(f"recording:{name}: {problem}") from None
    known = sorted(path.parent.name for path in runs.glob("*/ledger.sqlite"))
    hint = f"the latest is {known[-1]}" if known else f"there are none in {runs}"
    raise ModelError(f"recording:{name}: there is no such run, folder or exported file: {hint}")


def _beginning(messages: Sequence[Message]) -> str:
    """The beginning of what the user's side asks, in one line."""
    asked = next((each.content for each in messages if each.role == "user"), "")
    line = " ".join(asked[: 4 * _SHOWN].split())
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")
