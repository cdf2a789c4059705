"""Many jails at once: what becomes of one never touches another."""

import asyncio
from collections import Counter

import pytest

from selftaught.budget import Limits
from selftaught.errors import IsolationError
from selftaught.jail.cell import Cell, Slot, Zygote
from selftaught.program import Program

DOUBLE = Program("def double(x):\n    return 2 * x")


@pytest.mark.parametrize("isolation", ["strong", "standard"])
def test_jails_that_come_and_go_side_by_side_each_give_their_own_result(isolation):
    # Births, deaths and hang-ups interleave here, so descriptors are used again at once: events of one jail's
    # end must not be taken for another's.
    try:
        zygote = Zygote(isolation)
    except IsolationError as missing:
        pytest.skip(f"{isolation}: {missing}")

    async def one(number, shares):
        with Cell(zygote, Limits(), DOUBLE, bytes(16)) as cell:
            outcome = await cell.converse("double", [number], Slot(shares))
        return outcome.status if outcome.value == 2 * number else f"{outcome.status}: {outcome.error}"

    async def crowd():
        shares = asyncio.Semaphore(4)
        for _ in range(4):
            outcomes = Counter(await asyncio.gather(*(one(number, shares) for number in range(100))))
            assert outcomes == {"ok": 100}

    with zygote:
        asyncio.run(crowd())
