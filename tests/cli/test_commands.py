"""What each command prints: the documents' keys are a contract."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import QUICK, SOURCE

from selftaught.task import BUILT_IN

SPENT = {"calls", "samples", "requests", "tokens_in", "tokens_out", "cost"}
MEAN = {"mean", "se", "n"}


def test_help_is_quick_and_loads_nothing_heavy():
    heavy = "{'numpy', 'openai', 'asyncio', 'rich', 'sqlite3'}"
    script = f"""
import sys, time
sys.argv = ["selftaught", "--help"]
from selftaught.cli import main
try:
    main()
finally:
    print(sorted({heavy} & set(sys.modules)), time.process_time(), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True
    )
    assert done.stderr.startswith("[]")
    assert float(done.stderr.split()[-1]) < 0.15
    assert "improve" in done.stdout


def test_every_command_explains_itself_and_takes_json(selftaught):
    for command in [
        "run",
        "improve",
        "score",
        "jail",
        "doctor",
        "tasks",
        "improvers",
        "models",
        "runs",
        "new",
    ]:
        ended = selftaught(command, "--help")
        assert ended.code == 0
        assert "For example:" in ended.out, command
        assert "--json" in ended.out


def test_no_arguments_is_a_question(selftaught):
    ended = selftaught()
    assert (ended.code, ended.err) == (0, "")
    assert "Usage" in ended.out


def test_score(selftaught, task):
    ended = selftaught("score", task, task / "program.py", "--split", "test", "--n", 8, "--json")
    assert ended.code == 0
    assert set(ended.json) == {"task", "split", "score", "raw", "outcomes", "error"}
    assert set(ended.json["score"]) == MEAN
    assert (ended.json["task"], ended.json["split"], ended.json["score"]["n"]) == ("a_task", "test", 8)
    assert (ended.json["outcomes"], ended.json["error"]) == ({"ok": 8}, None)
    assert 0.2 < ended.json["score"]["mean"] < 0.45


def test_score_by_the_published_rule_is_of_the_papers_own_tasks(selftaught):
    start, mine = BUILT_IN / "three_sat" / "program.py", selftaught.folder / "three_sat"
    ended = selftaught("score", "three_sat", start, "--json")
    some = ended.json["raw_n"]
    assert 0 < some < ended.json["score"]["n"], "the random walk gives up on some formulas"
    assert ended.json["published"] == 0.01
    words = selftaught("score", "three_sat", start).out
    assert f"(of the {some} of {ended.json['score']['n']} instances that have one)" in words
    assert "the published code's rule: 0.01; not comparable" in words
    shutil.copytree(BUILT_IN / "three_sat", mine)
    ended = selftaught("score", mine, start, "--n", 2, "--json")
    assert (ended.json["task"], "published" in ended.json) == ("three_sat", False)
    shutil.rmtree(mine)


def test_score_of_a_program_that_fails_is_a_score(selftaught, task):
    (task / "program.py").write_text("def priority(length, weight): return [1] / 0")
    ended = selftaught("score", task, task / "program.py", "--n", 3, "--json")
    assert ended.code == 0
    assert ended.json["score"]["mean"] == 0
    assert ended.json["outcomes"] == {"error": 3}
    assert "TypeError" in ended.json["error"]
    words = selftaught("score", task, task / "program.py", "--n", 3)
    assert words.code == 0
    assert "TypeError" in words.out


def test_a_folder_of_the_users_own_is_announced_once(selftaught, task):
    first, second = (selftaught("score", task, task / "program.py", "--n", 1) for _ in range(2))
    assert "score.py runs as your own code" in first.err
    assert second.err == ""
    assert selftaught("score", "lpn", task / "program.py", "--n", 1).err == ""


def test_what_a_program_prints_cannot_speak_to_the_terminal(selftaught):
    (selftaught.folder / "p.py").write_text(
        "def f():\n    print('\\x1b[2J')\n    raise ValueError('\\x1b]0;x\\x07')"
    )
    ended = selftaught("jail", "p.py", "--call", "f")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert "\\x1b[2J" in ended.out


@pytest.mark.parametrize(
    ("body", "status", "value"),
    [
        ("return np.eye(2) * x", "ok", [[3.0, 0.0], [0.0, 3.0]]),
        ("return {'a': (1, None), 'b': b'\\x00'}", "ok", {"a": [1, None], "b": {"base64": "AA=="}}),
        ("return np.array([1j])", "ok", [{"real": 0.0, "imag": 1.0}]),
        ("raise KeyError('x')", "error", None),
        ("while True: pass", "timeout", None),
        ("return bytearray(2**30)", "memory", None),
        ("return float('nan')", "refused", None),
        ("import ctypes; ctypes.string_at(0)", "killed", None),
    ],
)
def test_outcomes_of_a_jail(selftaught, body, status, value):
    (selftaught.folder / "p.py").write_text(f"import numpy as np\ndef f(x):\n    {body}\n")
    ended = selftaught("jail", "p.py", "--call", "f", "--args", "[3]", "--cpu-s", 0.2, "--json")
    assert ended.code == 0, ended
    assert set(ended.json) == {"status", "value", "error", "output", "cpu_s", "wall_s"}
    assert (ended.json["status"], ended.json["value"]) == (status, value), ended.json
    assert bool(ended.json["error"]) == (status != "ok")


def test_doctor(selftaught):
    ended = selftaught("doctor", "--json")
    assert ended.code == (0 if ended.json["isolation"] else 1)
    assert [tier["isolation"] for tier in ended.json["tiers"]] == ["strong", "standard"]
    assert "strong" in selftaught("doctor", "--isolation", "strong").out


def test_what_there_is(selftaught):
    assert "lpn" in [task["name"] for task in selftaught("tasks", "--json").json]
    assert "seed" in [improver["name"] for improver in selftaught("improvers", "--json").json]
    assert all(improver["summary"] for improver in selftaught("improvers", "--json").json)
    assert "offline" in [model["model"] for model in selftaught("models", "--json").json]
    assert selftaught("runs", "--json").json == []
    for command in ("tasks", "improvers", "models", "runs"):
        assert selftaught(command).code == 0


def test_run_improve_and_runs(selftaught, task):
    ran = selftaught("run", "--task", task, *QUICK, "--json")
    assert ran.code == 0, ran
    summary = ran.json
    assert set(summary) == {
        "format", "status", "run", "seed", "model", "tasks", "isolation", "iterations", "spent", "best", "audit",
    }  # fmt: skip
    assert (summary["status"], summary["seed"], summary["tasks"]) == ("done", 1, ["a_task"])
    assert set(summary["spent"]) == SPENT
    for number, iteration in enumerate(summary["iterations"]):
        assert set(iteration) == {
            "t", "improver", "proposed", "search", "validation", "test", "proposed_validation", "adopted", "why",
        }  # fmt: skip
        assert iteration["t"] == number
        assert set(iteration["test"]) == MEAN
    folder = selftaught.folder / "runs" / summary["run"]
    assert json.loads((folder / "summary.json").read_text()) == summary
    assert (folder / summary["best"]).is_file()
    assert "I1 (" in ran.err  # progress

    improved = selftaught(
        "improve", task, "--improver", f"runs/{summary['run']}:best", "--seed", 2, "-o", "better.py", "--json"
    )
    assert improved.code == 0, improved
    keys = {"task", "improver", "start", "best", "path", "program", "spent", "why", "audit"}
    assert set(improved.json) == keys
    assert set(improved.json["best"]) == set(improved.json["start"]) == MEAN
    assert (selftaught.folder / "better.py").read_text() == improved.json["program"]
    assert Path(selftaught.folder, improved.json["path"]).read_text() == improved.json["program"]

    listed = selftaught("runs", "--json").json
    assert [(row["kind"], row["status"]) for row in listed] == [("stop", "done"), ("improve", "done")]
    assert listed[0]["test"] == summary["iterations"][-1]["test"]
    assert summary["run"] in selftaught("runs").out


def test_nothing_is_written_over_unless_forced(selftaught, task):
    kept = selftaught.folder / "mine.py"
    kept.write_text("# mine\n")
    arguments = ("improve", task, "--calls", "1", "--samples", "1", "--seed", "1", "-o", "mine.py")
    refused = selftaught(*arguments)
    assert refused.code == 2
    assert (
        "--output mine.py is there already: give another name, or --force to write over it"
        in refused.complaint
    )
    assert kept.read_text() == "# mine\n"
    assert not (selftaught.folder / "runs").exists(), "said before any work"
    forced = selftaught(*arguments, "--force", "--json")
    assert forced.code == 0, forced.err
    assert kept.read_text() == forced.json["program"]
    kept.write_text("")
    assert selftaught(*arguments).code == 0, "an empty file holds nothing"
    run = forced.json["path"].split("/")[1]
    assert selftaught("export", run).code == 0
    assert "is there already" in selftaught("export", run).complaint
    assert selftaught("export", run, "--force").code == 0


def test_an_improver_that_cannot_be_one_is_told_before_any_work(selftaught):
    for text, words in (
        (
            "def improve(solution): pass\n",
            "i.py defines no improve_algorithm: an improver defines improve_algo",
        ),
        ("def improve_algorithm(:\n", "i.py is no Python (invalid syntax, line 1): an improver defines"),
        ("class A:\n    def improve_algorithm(self): pass\n", "i.py defines no improve_algorithm"),
    ):
        (selftaught.folder / "i.py").write_text(text)
        for command in (["improve", "lpn"], ["run", "--task", "lpn"]):
            ended = selftaught(*command, "--improver", "i.py")
            assert (ended.code, words in ended.complaint) == (2, True), ended
    assert not (selftaught.folder / "runs").exists()
    (selftaught.folder / "i.py").write_text(
        "exec('def improve_algorithm(solution, utility, language_model): return solution')\n"
    )
    ended = selftaught("improve", "lpn", "--improver", "i.py", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["why"] == "no improvement: the improver returned the start program"


def test_an_improver_that_was_given_is_called_by_its_name(selftaught, task):
    (selftaught.folder / "deep").mkdir()
    (selftaught.folder / "deep" / "idle.py").write_text(
        "def improve_algorithm(solution, *_): return solution\n"
    )
    ran = selftaught("run", "--task", task, *QUICK, "--improver", "deep/idle.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["iterations"][0]["why"] == "the improver idle.py"
    assert "I0 (the improver idle.py)" in ran.err
    assert selftaught("run", "--resume", ran.json["run"], "--json").json == ran.json
    best = selftaught("run", "--task", task, *QUICK, "--improver", f"{ran.json['run']}:best", "--json").json
    assert best["iterations"][0]["why"] == f"the improver {ran.json['run']}:best"
    nothing = selftaught("run", "--task", task, *QUICK, "--improver", "deep/idle.py", "--max-time", "0.01s")
    assert "was reached before the improver idle.py was measured" in nothing.err


def test_a_start_program_that_fails_is_told_with_its_cause(selftaught, task):
    (task / "program.py").write_text("def priority(length, weight):\n    return lenght\n")
    cause = "error: NameError: name 'lenght' is not defined"
    arguments = ("improve", task, "--calls", "1", "--samples", "1", "--seed", "1")
    told = selftaught(*arguments)
    assert told.code == 0, told.err
    assert f"start      {cause}" in told.out
    assert "(50 of 50 instances)" in told.out
    assert f"the start program: {cause}" in selftaught(*arguments, "--json").err
    scored = selftaught("score", task, task / "program.py")
    assert f"cause      {cause}" in scored.out


def test_run_in_words(selftaught, task):
    assert selftaught("new", "other").code == 0
    ran = selftaught("run", "--task", task, "--task", "other", *QUICK)
    assert ran.code == 0, ran
    for words in ("I0", "I1", "n = 2", "a_task", "other", "spent", "isolation", ":best", "seed"):
        assert words in ran.out, words
    command = ran.out.split("use it")[1].strip()
    assert command.startswith("selftaught improve")
    assert "/runs/" in command or "runs/" in command


def test_a_limit_before_any_result_is_1_and_after_one_is_0(selftaught, task):
    nothing = selftaught("run", "--task", task, *QUICK, "--max-time", "0.01s")
    assert nothing.code == 1, nothing
    assert "limit" in nothing.err.splitlines()[-1]
    some = selftaught("run", "--task", task, *QUICK, "--max-calls", 3, "--json")
    assert (some.code, some.json["status"]) == (0, "limit"), some
