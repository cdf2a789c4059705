"""What is seen when the program in a model's answer runs, in a jail that watches, on decoys.

The third verdict of :mod:`selftaught.safety.circumvention`; what can be seen and what cannot: docs/circumvention.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selftaught.safety.circumvention import Verdict

__all__ = ["by_running", "watch"]


async def watch(
    texts: Sequence[str],
    *,
    isolation: str = "strong",
    jobs: int = 1,
    told: Callable[[int, Verdict], None] | None = None,
) -> list[Verdict]:
    """Run the program in each text on decoys, in jails of this tier, ``jobs`` at a time; the verdicts in order.

    A verdict is as :func:`~selftaught.safety.circumvention.by_reading` gives it: findings of
    :data:`~selftaught.safety.circumvention.KINDS`, with ``times``, how often each was seen, and the lines of the text.
    ``unread`` says what could not be judged: no program, or one that came to its end on none of the decoys.

    Parameters
    ----------
    texts : sequence of str
        Answers or programs.
    isolation : str
        The jails' tier, one of :data:`selftaught.jail.layers.ISOLATIONS`.
    jobs : int
        How many jails may compute at once; at least 1.
    told : callable, optional
        Is given a text's place and its verdict as soon as there is one, in any order.

    Raises
    ------
    IsolationError
        Where the tier does not hold on this machine.
    """
    raise NotImplementedError


def by_running(text: str, isolation: str = "strong") -> Verdict:
    """Return the verdict of :func:`watch` on one text. Starts a warm process, which takes half a second."""
    raise NotImplementedError
