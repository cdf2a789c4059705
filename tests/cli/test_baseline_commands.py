"""The baselines by name, through the real command, with `offline`."""

import pytest


@pytest.mark.parametrize(
    ("name", "calls", "samples"), [("chain_of_thought", 1, 1), ("best_of_n", 2, 6), ("greedy", 2, 6)]
)
def test_a_baseline_improves_a_task(selftaught, task, name, calls, samples):
    ended = selftaught(
        "improve", task, "--improver", name, "--calls", 2, "--samples", 3, "--seed", 1, "--jobs", 2, "--json"
    )
    assert ended.code == 0, ended.err
    assert ended.json["spent"]["calls"] == calls
    assert ended.json["spent"]["samples"] == samples
    assert ended.json["best"]["mean"] >= ended.json["start"]["mean"]


def test_they_are_listed_with_what_they_do(selftaught):
    summaries = {each["name"]: each["summary"] for each in selftaught("improvers", "--json").json}
    for name in ("chain_of_thought", "best_of_n", "greedy"):
        assert summaries[name].startswith("A baseline: ")
