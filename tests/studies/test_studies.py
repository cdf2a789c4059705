"""Studies as a user meets them: planned, run, resumed, limited, refused."""

import csv
import dataclasses
import json
import struct
import sys
from pathlib import Path

import pytest
from command_line import Selftaught

from selftaught import __version__
from selftaught.ledger import Ledger
from selftaught.studies import HOMES, find_study
from selftaught.studies.rendering import as_text, write
from selftaught.studies.study import Figure, Line, Report, Table

SMALL = ("--calls", "1", "--samples", "2", "--jobs", "2", "--seed", "1")
FIXED = (
    "study",
    "fixed-task",
    "--task",
    "a_task",
    "--replicates",
    "2",
    "--iterations",
    "1",
    "--repeats",
    "1",
    *SMALL,
)


@pytest.fixture(scope="module")
def selftaught(tmp_path_factory):
    command = Selftaught(tmp_path_factory.mktemp("studies"))
    assert command("new", "a_task").code == 0
    return command


@pytest.fixture(scope="module")
def done(selftaught):
    ended = selftaught(*FIXED, "--json")
    assert ended.code == 0, ended.err
    return ended.json


def test_a_study_leaves_its_plan_rows_tables_and_figures(selftaught, done):
    folder = selftaught.folder / done["folder"]
    plan = json.loads((folder / "plan.json").read_text())
    assert plan == done["plan"]
    assert (plan["study"], plan["seed"], plan["settings"]["replicates"]) == ("fixed-task", 1, 2)
    assert (plan["comparisons"], plan["pairs"], plan["smallest_n"]) == (1, 2, 6)
    assert (plan["version"], plan["models"], plan["meta_models"]) == (__version__, ["offline"], [])
    assert plan["budget"] == {
        "calls": 1, "samples": 2, "scores": 3, "answer_tokens": None, "tokens": None, "cost": None, "time_s": None,
    }  # fmt: skip
    assert plan["isolation"] in ("strong", "standard")
    assert list(plan["contents"]) == ["a_task"]
    said = (folder / "report.txt").read_text()
    assert said.endswith(f"Seed 1; plan {plan['hash']}, fixed before the first result.\n")
    ledger = Ledger(folder, new=False)
    assert ledger.fact("plan") == plan
    assert ledger.spent().to_json() == done["spent"]
    ledger.close()
    rows = json.loads((folder / "rows.json").read_text())
    assert len(rows) == 2 * 2
    table = list(csv.reader((folder / "table1.csv").read_text().splitlines()))
    told = done["report"]["tables"][0]
    assert table[0] == told["columns"]
    assert [float(line[1]) for line in table[1:]] == [line[1] for line in told["rows"]]
    assert "Test meta-utility over 2 independent runs" in (folder / "report.txt").read_text()
    written = {path.name for path in folder.iterdir() if not path.name.startswith(("ledger.", "audit."))}
    assert sorted(done["files"]) == sorted(written)


def test_a_study_that_is_done_is_resumed_at_once_with_the_same_report(selftaught, done):
    again = selftaught("study", "fixed-task", "--resume", done["run"], "--json")
    assert again.code == 0, again.err
    assert again.json == done


def test_the_same_seed_gives_the_same_report_whatever_jobs_is(selftaught, done):
    again = selftaught(*FIXED, "--jobs", "1", "--json")
    assert again.json["report"] == done["report"]
    assert again.json["plan"] == done["plan"]


def test_it_takes_no_more_than_the_dry_run_says(selftaught, done):
    most = selftaught(*FIXED, "--dry-run", "--json").json["most"]
    assert 0 < done["spent"]["calls"] <= most["calls"]
    assert most["calls"] == 2 * (1 + (3 + 3 + 4) * 1) * 1, (
        "two runs, each a use on the improver, and 10 of it"
    )


def test_a_dry_run_says_how_much_must_differ(selftaught):
    told = selftaught(*FIXED, "--dry-run").out
    assert "1, each of 2 pairs; 6 must differ, all in one direction" in " ".join(told.split())
    assert "nothing can be found: raise --replicates" in " ".join(told.split())
    assert selftaught(*FIXED, "--dry-run", "--json").json["smallest_n"] == 6
    enough = " ".join(selftaught(*FIXED, "--replicates", "6", "--dry-run").out.split())
    assert "nothing can be found" not in enough


def test_the_plan_follows_the_contents_of_a_task(selftaught, done, tmp_path):
    import shutil

    from selftaught.studies.running import _fingerprint
    from selftaught.task import Task

    copy = shutil.copytree(selftaught.folder / "a_task", tmp_path / "a_task")
    assert _fingerprint(Task.load(copy)) == done["plan"]["contents"]["a_task"]
    (copy / "score.py").write_text((copy / "score.py").read_text() + "# changed\n")
    assert _fingerprint(Task.load(copy)) != done["plan"]["contents"]["a_task"]


def test_instances_that_are_not_made_anew_are_said_to_be_so(selftaught):
    from selftaught.studies.running import _drawn_from
    from selftaught.task import Task

    made = Task.load(selftaught.folder / "a_task")
    data = dataclasses.replace(made, available={"search": 3, "validation": 4, "test": 5})
    assert _drawn_from([made]) == []
    (words,) = _drawn_from([made, data])
    assert "data that have an end (3 to search, 4 to validation, 5 to test)" in words
    (words,) = _drawn_from([dataclasses.replace(made, fixed=True)])
    assert words.startswith("a_task: one instance, so its splits coincide, and nothing is claimed of a test")


def test_a_report_says_so(selftaught):
    assert selftaught("new", "still").code == 0
    toml = selftaught.folder / "still" / "task.toml"
    toml.write_text("fixed = true\n" + toml.read_text())
    ended = selftaught(*("still" if each == "a_task" else each for each in FIXED), "--json")
    assert ended.code == 0, ended.err
    assert ended.json["report"]["words"][-1].startswith("still: one instance, so its splits coincide")


def test_a_limit_ends_it_without_a_report_and_raising_it_goes_on(selftaught, done):
    ended = selftaught(*FIXED, "--max-calls", "3")
    assert ended.code == 1
    assert "stopped by the limit of 3 model calls: `selftaught study fixed-task --resume runs/" in ended.err
    run = ended.err.split("--resume ")[1].split("`")[0]
    lower = selftaught("study", "fixed-task", "--resume", run, "--max-calls", "2")
    assert "--max-calls may be raised, not lowered: the run has 3, not 2" in lower.complaint
    resumed = selftaught("study", "fixed-task", "--resume", run, "--max-calls", "1000", "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.json["report"] == done["report"]


def test_transfer_of_a_given_improver(selftaught):
    (selftaught.folder / "idle.py").write_text(
        "def improve_algorithm(initial_solution, utility, language_model):\n    return initial_solution\n"
    )
    ended = selftaught(
        "study",
        "transfer",
        "--task",
        "a_task",
        "--replicates",
        "2",
        "--improver",
        "idle.py",
        *SMALL,
        "--json",
    )
    assert ended.code == 0, ended.err
    means, *_, differences = ended.json["report"]["tables"]
    scores = {line[1]: line for line in means["rows"]}
    assert scores["idle.py"][2] == pytest.approx(scores["start program"][2]), (
        "it hands back what it was given"
    )
    assert (scores["idle.py"][6], scores["seed improver"][6]) == (0, 1), "calls"
    assert differences["rows"][0][3] == pytest.approx(scores["idle.py"][2] - scores["seed improver"][2])


def test_studies_are_listed(selftaught):
    listed = selftaught("studies", "--json").json
    assert [each["study"] for each in listed] == list(HOMES)
    assert all(name in selftaught("studies").out for name in HOMES)


@pytest.mark.parametrize("name", HOMES)
def test_each_study_says_its_question_and_its_analysis_before_there_are_results(name):
    study = find_study(name)
    assert study.name == name
    assert study.question.endswith("?")
    assert "%" in study.analysis or "interval" in study.analysis


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fixed-tsk"], "there is no study 'fixed-tsk': did you mean fixed-task?"),
        (["xyzzy"], "there is no study 'xyzzy': there are fixed-task, transfer"),
        (["transfer", "--iterations", "2"], "--iterations has no meaning in the study transfer"),
        (["fixed-task", "--improver", "seed"], "--improver has no meaning in the study fixed-task"),
        (["fixed-task", "--task", "lpn", "--task", "lpn"], "two tasks have one name, of lpn, lpn"),
        (["fixed-task", "--resume", "nowhere"], "nowhere: no such run"),
        (["fixed-task", "--replicates", "0"], "--replicates must be at least 1"),
    ],
)
def test_wrong_calls(selftaught, arguments, words):
    ended = selftaught("study", *arguments)
    assert (ended.code, words in ended.complaint) == (2, True), ended.err


def test_a_study_is_not_resumed_as_a_run_nor_as_another(selftaught, done):
    as_run = selftaught("run", "--resume", done["run"])
    assert "a run of `study`, which `selftaught study NAME --resume` goes on with" in as_run.complaint
    other = selftaught("study", "transfer", "--resume", done["run"])
    assert "is a study of fixed-task, not transfer" in other.complaint
    option = selftaught("study", "fixed-task", "--resume", done["run"], "--replicates", "3")
    assert "--replicates is the study's own" in option.complaint


# --- files -------------------------------------------------------------------------------------------------------

REPORT = Report(
    (Table("a title", ("name", "mean", "n"), (("one", 0.123456789, 3), ("two", None, 12)), "A remark."),),
    (
        Figure(
            "drawn", "a figure", "x", "y",
            (Line("a", (0, 1), (0.1, 0.2), ((0.0, 0.2), None)), Line("b", (0, 1), (0.3, 0.1))),
        ),
        Figure("points", "groups", "", "y", (Line("a", (0, 1), (0.1, 0.2)),), ("one", "two"), "points"),
    ),
    ("What may be said.",),
)  # fmt: skip


def test_a_report_as_text():
    assert as_text(REPORT) == (
        "a title\n\n"
        "name    mean   n\n"
        "----  ------  --\n"
        "one   0.1235   3\n"
        "two        -  12\n"
        "A remark.\n\n"
        "What may be said.\n"
    )


def test_a_p_is_rounded_up_and_no_other_number_is():
    columns = ("share", "p", "p (Holm)")
    table = Table("t", columns, ((0.0504, 0.0504, 0.05), (0.05, 1.0, 0.00012345)))
    assert [line.split() for line in as_text(Report((table,))).splitlines()[4:6]] == [
        ["0.0504", "0.051", "0.05"],
        ["0.0500", "1", "0.00013"],
    ]


def test_a_report_as_files(tmp_path):
    plan = {"seed": 7, "hash": "0123abcd", "more": 1}
    names = [path.name for path in write(REPORT, tmp_path, plan)]
    last = "What may be said.\n\nSeed 7; plan 0123abcd, fixed before the first result.\n"
    assert (tmp_path / "report.txt").read_text().endswith(last)
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["seed"], told["plan"], told["words"]) == (7, "0123abcd", ["What may be said."])
    assert names[:3] == ["report.txt", "report.json", "table1.csv"]
    assert (tmp_path / "table1.csv").read_text() == "name,mean,n\none,0.123456789,3\ntwo,,12\n"
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    assert names[3:] == ["drawn.svg", "drawn.png", "points.svg", "points.png"]
    png = (tmp_path / "drawn.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) >= (800, 500), "pixels, for print"
    first = (tmp_path / "drawn.svg").read_text()
    write(REPORT, tmp_path, plan)
    assert (tmp_path / "drawn.svg").read_text() == first, "the same report is the same file"


def test_matplotlib_is_not_loaded_before_it_is_needed():
    import subprocess

    source = "import sys; sys.path.insert(0, %r); import selftaught.cli.study, selftaught.studies.running; "
    source += "print('matplotlib' in sys.modules)"
    path = str(Path(__file__).parents[2] / "src")
    assert (
        subprocess.run([sys.executable, "-c", source % path], capture_output=True, text=True).stdout
        == "False\n"
    )
