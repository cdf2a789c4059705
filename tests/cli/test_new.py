"""The folder that `new` makes is a task at once, and one that can be improved."""

import tomllib

from command_line import QUICK


def test_the_name_is_the_folders(selftaught):
    for folder, name in {
        "plain": "plain",
        "deep/with-dash": "with_dash",
        "2nd": "task_2nd",
        "ä b": "ä_b",
    }.items():
        assert selftaught("new", folder, "--json").json["task"] == name
        assert tomllib.loads((selftaught.folder / folder / "task.toml").read_text())["name"] == name


def test_nothing_is_written_over(selftaught, task):
    program = (task / "program.py").read_text()
    (task / "program.py").write_text("# mine")
    ended = selftaught("new", task)
    assert (ended.code, "is not an empty folder" in ended.complaint) == (2, True)
    assert (task / "program.py").read_text() == "# mine" != program
    (selftaught.folder / "file").write_text("")
    assert selftaught("new", "file").code == 2
    (selftaught.folder / "empty").mkdir()
    assert selftaught("new", "empty").code == 0


def test_the_next_commands_are_told(selftaught):
    told = selftaught("new", "my task").out
    assert "selftaught score 'my task' 'my task/program.py'" in told


def test_a_runs_improver_makes_it_better_on_test(selftaught, task):
    run = selftaught("run", "--task", task, *QUICK, "--json").json["run"]
    improved = selftaught(
        "improve", task, "--improver", f"runs/{run}:best", "-o", "best.py", "--seed", 7, "--json"
    ).json
    assert improved["best"]["mean"] > improved["start"]["mean"], improved["why"]
    start, best = (
        selftaught("score", task, program, "--split", "test", "--json").json["score"]["mean"]
        for program in (task / "program.py", "best.py")
    )
    assert best > start + 0.1
