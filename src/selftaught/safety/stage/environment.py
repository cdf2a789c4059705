"""``os.environ``, with more in it than a jail has. Which variables are read is told, but of harmless and own ones."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from selftaught.safety.stage.telling import frame_at, own, say


class _Environment(type(os.environ)):  # type: ignore[misc]
    harmless: re.Pattern[str]
    set_by_itself: ClassVar[set[Any]] = set()

    def _seen(self, name: str | None) -> None:
        frame: Any = frame_at(2)
        while frame is not None and (
            "os>" in frame.f_code.co_filename or "_collections_abc" in frame.f_code.co_filename
        ):
            frame = frame.f_back
        if own(frame) and not (name and (self.harmless.match(name) or name in self.set_by_itself)):
            say("environment", name or "all variables")

    def __getitem__(self, name: Any) -> Any:
        self._seen(str(name))
        return super().__getitem__(name)

    def __contains__(self, name: Any) -> bool:
        self._seen(str(name))
        try:
            super().__getitem__(name)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[Any]:
        self._seen(None)
        yield from super().__iter__()

    def __setitem__(self, name: Any, value: Any) -> None:
        self.set_by_itself.add(name)
        super().__setitem__(name, value)


def set_in_jail(harmless: str, more: dict[str, str]) -> None:
    """The environment, with ``more`` variables; what matches ``harmless`` may be read."""
    _Environment.harmless = re.compile(harmless)
    real: Any = os.environ
    content = {**real._data, **{name.encode(): value.encode() for name, value in more.items()}}
    os.environ = _Environment(  # noqa: B003  the jail's own stays as it is
        content, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue
    )
