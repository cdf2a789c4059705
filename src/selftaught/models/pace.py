"""How many requests may be in flight at once: as many as the server bears, and never more than asked for.

Additive increase, multiplicative decrease. Each throttled request takes half a place away, and each that was
answered gives back a share, so that a round of nothing but 429 halves the limit and a round of answers widens it
by a sixteenth of the most. The step down is as large as the share of a round that was throttled: a few stray
429 among many answers cost little, a true limit is met within some rounds. No clock is read. A part of a place is
a place.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque

HELD_AFTER = 3
"""Faults in a row, of whichever queries, after which a query that backs off keeps its place from the others.

A quarter of the places if that is more: of 32 requests in flight some three in a row fail all the time where three of
ten do, at random, and eight seldom. At a server that is down, as many more queries have begun by then.
"""


class Pace:
    """Places for requests in flight; ``limit`` moves between 1 and ``most``."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self.in_flight = 0
        self._widen_by = max(1.0, most / 16)
        self._faults = 0  # in a row
        self._held_after = max(HELD_AFTER, most // 4)
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def held(self) -> bool:
        """Whether whoever backs off should keep its place: the server is in trouble, and no place is too many."""
        return self._faults >= self._held_after and self.in_flight <= math.ceil(self.limit)

    async def enter(self, *, again: bool = False) -> None:
        """Wait for a place; whoever has begun (``again``) comes before those who haven't."""
        if self.in_flight < math.ceil(self.limit) and (again or not self._waiting):
            self.in_flight += 1
            return
        place = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if again else self._waiting.append)(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled() or not place.done():
                self._waiting.remove(place)
            else:  # the place was given in the same moment
                self.leave()
            raise

    def leave(self) -> None:
        """Give a place back."""
        self.in_flight -= 1
        self._admit()

    def answered(self) -> None:
        """Count an exchange that the server dealt with."""
        self._faults = 0
        self.limit = min(float(self.most), self.limit + self._widen_by / self.limit)
        self._admit()

    def failed(self, *, throttled: bool) -> None:
        """Count an exchange that may pass; ``throttled`` if the server said that it is asked too much."""
        self._faults += 1
        if throttled:
            self.limit = max(1.0, self.limit - 0.5)

    def _admit(self) -> None:
        while self._waiting and self.in_flight < math.ceil(self.limit):
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)
