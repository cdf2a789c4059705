"""How many requests may be in flight: never more than asked for, fewer while a server is asked too much."""

import asyncio
import random

import pytest

from selftaught.models.pace import HELD_AFTER, Pace


def settled(share, most=32, answers=4000):
    """Where the limit moves about when this share of requests is throttled."""
    pace, rng, limits = Pace(most), random.Random(5), []
    for i in range(answers):
        if rng.random() < share:
            pace.failed(throttled=True)
        else:
            pace.answered()
        if i > answers / 2:
            limits.append(pace.limit)
    return sum(limits) / len(limits)


def test_a_round_of_throttled_requests_halves_the_limit_and_a_round_of_answers_widens_it():
    pace = Pace(32)
    for _ in range(32):
        pace.failed(throttled=True)
    assert pace.limit == 16
    for _ in range(16):
        pace.answered()
    assert 17.5 < pace.limit <= 18


def test_the_limit_stays_between_one_and_the_most():
    pace = Pace(3)
    for _ in range(100):
        pace.failed(throttled=True)
    assert pace.limit == 1
    for _ in range(100):
        pace.answered()
    assert pace.limit == 3


def test_stray_refusals_cost_little_and_steady_ones_much():
    assert settled(0.05) > 31
    assert 2 < settled(0.6) < 6
    assert settled(1.0) == 1


def test_a_part_of_a_place_is_a_place():
    async def main():
        pace = Pace(2)
        pace.failed(throttled=True)
        await pace.enter()
        await pace.enter()
        pace.failed(throttled=True)
        pace.leave()
        waiting = asyncio.create_task(pace.enter())
        await asyncio.sleep(0)
        return pace.limit, pace.in_flight, waiting.cancel()

    assert asyncio.run(main()) == (1.0, 1, True)


def test_other_faults_do_not_narrow():
    pace = Pace(8)
    for _ in range(50):
        pace.failed(throttled=False)
    assert pace.limit == 8


@pytest.mark.parametrize(("most", "faults"), [(1, HELD_AFTER), (8, HELD_AFTER), (32, 8)])
def test_a_place_is_kept_in_trouble_only(most, faults):
    pace = Pace(most)
    for _ in range(faults):
        assert not pace.held
        pace.failed(throttled=False)
    assert pace.held
    pace.answered()
    assert not pace.held


@pytest.mark.parametrize("most", [1, 5])
def test_no_more_than_the_limit_are_inside_and_those_who_come_again_are_first(most):
    async def main():
        pace, inside, order = Pace(most), [], []

        async def visit(name, again):
            await pace.enter(again=again)
            order.append(name)
            inside.append(pace.in_flight)
            await asyncio.sleep(0)
            pace.leave()

        await asyncio.gather(*(visit(i, again=i >= 20) for i in range(25)))
        return pace.in_flight, inside, order

    left, inside, order = asyncio.run(main())
    assert (left, max(inside), sorted(order)) == (0, most, list(range(25)))
    assert set(order[most : most + 5]) == set(range(20, 25))


def test_whoever_is_cancelled_takes_no_place_with_it():
    async def main():
        pace = Pace(1)
        await pace.enter()
        waiting = [asyncio.create_task(pace.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()  # while it waits
        await asyncio.sleep(0)
        pace.leave()  # gives the place to the second,
        waiting[1].cancel()  # which is cancelled in the same moment
        await asyncio.wait(waiting)
        return [task.cancelled() for task in waiting], pace.in_flight

    assert asyncio.run(main()) == ([True, True, False], 1)
