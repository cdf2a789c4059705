"""Functions of libraries that have a handler of their own, by their path."""

from __future__ import annotations

from collections.abc import Callable

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.values import Arguments, Value

Handler = Callable[[Core, Arguments], Value]
HANDLERS: dict[str, Handler] = {}


def handles(*paths: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of these."""

    def keep(handler: Handler) -> Handler:
        for path in paths:
            HANDLERS[path] = handler
        return handler

    return keep
