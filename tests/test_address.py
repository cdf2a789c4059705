"""Addresses: each has a seed of its own."""

from selftaught.address import derive, run_seed


def test_each_address_has_a_seed_of_its_own():
    assert derive(run_seed(1), "a") != derive(run_seed(1), "b")
    assert derive(run_seed(1), "a", "b") != derive(run_seed(1), "ab")
    assert derive(run_seed(1), "a") != derive(run_seed(2), "a")
