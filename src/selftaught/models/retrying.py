"""How long to wait before asking again: for any model behind HTTP.

Exponential back-off with full jitter, so that many queries that failed together don't come back together.
What the server asks for is never undercut: Retry-After in seconds or as a date (RFC 9110 §10.2.3), or
``retry-after-ms``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

BASE_S = 2.0
CAP_S = 60.0


@dataclass(frozen=True, slots=True)
class Passing:
    """A fault that may pass.

    ``asked_s`` is how long the server asked to be left alone, ``lost_s`` the seconds that the fault has cost
    already, and ``reached`` is False where no connection came about. ``throttled`` is a server that is asked too
    much, and ``billed`` False where it surely did no work that it could charge for.
    """

    cause: str
    asked_s: float | None = None
    lost_s: float = 0.0
    reached: bool = True
    throttled: bool = False
    billed: bool = True


class Retries:
    """The retries of one query: at most ``tries`` requests, and ``patience_s`` seconds lost and waited.

    Throttled requests are no failed tries: a server that is asked too much turns down many in turn, whichever they
    are, and only patience ends them.
    """

    def __init__(self, tries: int, patience_s: float) -> None:
        self._left = tries - 1
        self._patience_s = patience_s
        self._ceiling_s = BASE_S

    def wait_s(self, fault: Passing) -> float | None:
        """Seconds to wait before the next request; None if there is to be none."""
        wait_s = random.uniform(0.0, self._ceiling_s)
        if fault.asked_s is not None:
            wait_s = fault.asked_s + wait_s / 2  # all who were told the same still come back one by one
        self._patience_s -= fault.lost_s + wait_s
        if self._patience_s < 0 or (self._left <= 0 and not fault.throttled):
            return None
        self._left -= not fault.throttled
        self._ceiling_s = min(CAP_S, 2 * self._ceiling_s)
        return wait_s


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response's headers ask to wait, at least 0; None where they don't say, or say nonsense.

    A date is taken relative to the response's own Date if it has one, so that a wrong clock doesn't matter.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    asked = headers.get("retry-after")
    seconds = _number(asked)
    if seconds is not None or asked is None:
        return seconds
    return _until_s(asked, headers.get("date"))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if abs(number) < 1e9 else None  # neither NaN nor infinity passes


def _until_s(date: str, now: str | None) -> float | None:
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    def instant(text: str) -> datetime:
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    try:
        until = instant(date)
    except ValueError:
        return None
    try:
        since = instant(now) if now else datetime.now(UTC)
    except ValueError:
        since = datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())
