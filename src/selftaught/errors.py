"""What can go wrong on the trusted side.

    SelftaughtError
    ├── InputError          the call or the input was wrong: one line, exit code 2
    │   ├── TaskError       a task's folder, its toml or its score.py
    │   ├── ImproverError   no such improver, or its file cannot be read
    │   └── ModelError      no such model, no key, a refused key, no such server
    ├── ScorerFailed        a task's own score.py raised, ran too long or ended its process
    ├── IsolationError      this machine cannot hold the layers that were asked for
    ├── EngineError         a worker or a zygote broke, and so did its replacement
    ├── ModelLost           the language model stopped answering in the middle of a run
    ├── LedgerError         the run's folder cannot be written or read
    └── LimitReached        a limit on the whole run was met

What an *untrusted* program does wrong is never an exception here: it is an outcome with a cause
(:class:`selftaught.jail.cell.Outcome`). The one error that crosses into a jail, ``BudgetExhausted``, lives in
:mod:`selftaught.jail.inside`, where programs can import it.
"""

from __future__ import annotations


class SelftaughtError(Exception):
    """Anything that this package raises on purpose. ``str()`` of it is one line for a person."""


class InputError(SelftaughtError):
    """The call or the input was wrong; the message says what, where, and the mend."""


class TaskError(InputError):
    """A task's folder, its ``task.toml`` or its ``score.py`` is not what the format asks for."""


class ImproverError(InputError):
    """There is no such improver, or it cannot be read."""


class ModelError(InputError):
    """There is no such model, or it cannot be asked: no key, a refused key, no server."""


class ScorerFailed(SelftaughtError):
    """A task's own ``score.py`` failed. This stops a run: it is never a score of 0."""


class IsolationError(SelftaughtError):
    """This machine cannot hold the layers of isolation that were asked for."""


class EngineError(SelftaughtError):
    """The machinery that scores programs broke and could not be replaced."""


class ModelLost(SelftaughtError):
    """The language model failed so often in a row that going on would only score its absence."""


class LedgerError(SelftaughtError):
    """A run's folder or its ledger cannot be written or read."""


class LimitReached(SelftaughtError):
    """A limit on the whole run (calls, tokens, time) was met."""
