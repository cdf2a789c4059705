"""The words of an earlier run: ``recording:RUN`` asks no model, and runs and scores every program anew.

A ledger is a recording. An answer is looked up by its address; where the recording has none there, the next one that
answered the same question (the same messages, temperature and limit of tokens) and was not given yet, in the order
in which they came. No answer is given twice in the place of two, since samples are to be independent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from selftaught.errors import LedgerError, ModelError, ModelLost
from selftaught.models import Answer, Message, Query

_SHOWN = 60  # characters of a prompt that is lacking


class RecordingModel:
    """The answers in one ledger: the run's folder, or a file that was exported.

    Its ``name`` is that of the model whose words these are, as the rows of a replay say it; ``label`` says that it
    is a recording; ``seed`` is the recorded run's.
    """

    concurrency = 64

    def __init__(self, path: Path) -> None:
        from selftaught.ledger import Ledger  # which imports the protocol of models

        self._ledger = Ledger(path, new=False)
        run = self._ledger.fact("run") or path.stem
        self.label = f"recording:{run}"
        self.name = self._ledger.said_by() or self.label
        self.seed: int | None = self._ledger.fact("seed")
        self._waiting: dict[str, deque[str]] = {}
        for address in self._ledger.answered():
            self._waiting.setdefault(address.split("/")[-2], deque()).append(address)
        self._given: set[str] = set()
        if not self._waiting:
            self._ledger.close()
            raise ModelError(f"{self.label}: there are no answers in {path}: name a run that asked its model")

    async def answer(self, query: Query) -> Answer:
        """The recorded answer; raises :class:`~selftaught.errors.ModelLost` where there is none."""
        found = self._ledger.answer(query.address) if query.address not in self._given else None
        if found is not None:
            self._given.add(query.address)
            return found
        from selftaught.run import prompt_key

        next_one = self._next(prompt_key(query.messages, query.temperature, query.answer_tokens))
        found = None if next_one is None else self._ledger.answer(next_one)
        if found is not None:
            return found
        raise ModelLost(
            f"{self.label} lacks an answer to the prompt that begins {_beginning(query.messages)} "
            f"(temperature {query.temperature:g}), asked at {query.address or 'no address'}"
        )

    def gave(self, addresses: Sequence[str]) -> None:
        """Take note of what this recording answered before, in a replay that was cut off, in order."""
        exact = [address for address in addresses if self._ledger.answer(address) is not None]
        self._given.update(exact)
        for address in addresses:
            if address not in self._given:
                self._next(address.split("/")[-2])

    def _next(self, key: str) -> str | None:
        """The address of the next answer to this question that was not given."""
        waiting = self._waiting.get(key, deque())
        while waiting:
            if (address := waiting.popleft()) not in self._given:
                self._given.add(address)
                return address
        return None

    async def close(self) -> None:
        """Let go of the file."""
        self._ledger.close()


def find_recording(name: str, runs: Path) -> RecordingModel:
    """The recording that ``name`` means: a run's ID in ``runs``, its folder, or an exported file."""
    for path in (Path(name), runs / name):
        if path.is_file() or (path / "ledger.sqlite").is_file():
            try:
                return RecordingModel(path)
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
