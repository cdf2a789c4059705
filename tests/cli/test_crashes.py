"""A run that is killed at any moment, and resumed, comes to the same end, and no answer is asked for twice.

``CRASHES=200 python -m pytest tests/cli/test_crashes.py`` kills more often than the default.
"""

import os

import pytest
from processes import eventually

from soak.crashes import answered, begun, crash, options, serving

KILLS = int(os.environ.get("CRASHES", "8"))


def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(tmp_path):
    result = crash(KILLS, 11, tmp_path)
    assert result["wrong"] == []
    assert result["resumed"] >= KILLS // 2
    assert result["ended before the kill"] <= KILLS // 4
    assert result["in flight"] >= 1  # kills that came amid queries
    assert result["answers"] >= 8
    print(result)


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "server") as server:
        yield server


def test_a_killed_run_is_listed_as_interrupted_and_two_do_not_write_it(selftaught, server):
    process = selftaught.start("run", "--task", "lpn", *options(20), "--model", server.model)
    assert eventually(lambda: len(answered(begun(selftaught.folder / "runs"))) > 3)
    folder = begun(selftaught.folder / "runs")
    (row,) = selftaught("runs", "--json").json
    assert row["status"] == "running"
    second = selftaught("run", "--resume", folder.name)
    assert second.code == 2
    assert "another process is at work on this run" in second.complaint
    process.kill()
    process.communicate(timeout=30)
    (row,) = selftaught("runs", "--json").json
    assert row["status"] == "interrupted"
