"""`run --resume`, `export` and `--model recording:`, as a user meets them."""

import signal
import sqlite3

import pytest
from command_line import QUICK, Selftaught, begun
from servers import ChatServer, error

from selftaught.models.offline import rewrite


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A folder with a task and a run that is done."""
    selftaught = Selftaught(tmp_path_factory.mktemp("done"))
    assert selftaught("new", "a_task").code == 0
    ended = selftaught("run", "--task", "a_task", *QUICK, "--json")
    assert ended.code == 0, ended.err
    selftaught.run, selftaught.summary = ended.json["run"], ended.json
    return selftaught


def test_a_run_that_is_done_is_resumed_at_once_with_the_same_document(done):
    for name in (done.run, f"runs/{done.run}", done.folder / "runs" / done.run):
        ended = done("run", "--resume", name, "--json")
        assert ended.code == 0, ended.err
        assert ended.json == done.summary
        assert "resumed: " in ended.err
    table = done("run", "--resume", done.run)
    assert table.code == 0
    assert f"runs/{done.run}:best" in table.out


@pytest.mark.parametrize(
    "same",
    [
        ["--jobs", "1"],
        ["--task", "a_task", "--seed", "1", "--calls", "1", "--samples", "2", "--scores", "3", "--model", "offline"],
        ["--improver", "seed", "--repeats", "1", "--iterations", "1", "--adopt", "not-worse"],
    ],
)  # fmt: skip
def test_options_that_are_the_runs_own_may_be_given(done, same):
    ended = done("run", "--resume", done.run, *same, "--json")
    assert (ended.code, ended.json) == (0, done.summary)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (["--seed", "2"], "--seed 2 is not the run's, which is 1"),
        (["--samples", "3"], "--samples 3 is not the run's, which is 2"),
        (["--answer-tokens", "9"], "--answer-tokens 9 is not the run's, which is the model's own limit"),
        (["--model", "ollama:x"], "--model ollama:x is not the run's, which is offline"),
        (["--adopt", "always"], "--adopt always is not the run's, which is not-worse"),
        (["--repeats", "2"], "--repeats 2 is not the run's, which is 1"),
        (["--isolation", "weak"], "--isolation weak is not the run's"),
        (["--task", "lpn"], "--task lpn is not the run's, which is a_task"),
        (["--improver", "other.py"], "--improver"),
        (["--tokens", "10"], "--tokens 10 is not the run's, which is none"),
        (["--runs", "elsewhere"], "no such run"),
    ],
)
def test_an_option_that_differs_is_named(done, other, words):
    (done.folder / "other.py").write_text("def improve_algorithm(*_): pass\n")
    ended = done("run", "--resume", done.run, *other)
    assert ended.code == 2
    assert words in ended.complaint


def test_what_is_no_run_is_told(done):
    ended = done("run", "--resume", "nowhere")
    assert (ended.code, "nowhere: no such run: the latest is" in ended.complaint) == (2, True)


def test_a_task_whose_scorer_has_changed(selftaught, task):
    assert selftaught("run", "--task", task, *QUICK).code == 0
    (run,) = (selftaught.folder / "runs").iterdir()
    with (task / "score.py").open("a") as file:
        file.write("# another\n")
    ended = selftaught("run", "--resume", run.name)
    assert (ended.code, "score.py is not what" in ended.complaint) == (2, True)


def test_ctrl_c_says_how_to_go_on_and_that_goes_on(selftaught, task):
    options = ("--task", task, *QUICK, "--calls", "2", "--iterations", "2")
    process, ledger = begun(selftaught, "run", *options)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    mend = f"`selftaught run --resume {ledger.parent.relative_to(selftaught.folder)}` goes on"
    assert mend in err
    resumed = selftaught("run", "--resume", ledger.parent.name, "--json")
    whole = selftaught("run", *options, "--runs", "others", "--json")
    assert resumed.code == whole.code == 0
    assert {**resumed.json, "run": 0, "audit": 0} == {**whole.json, "run": 0, "audit": 0}


def test_a_recording_is_exported_and_replayed_elsewhere(done, tmp_path):
    ended = done("export", done.run, "-o", "a run.sqlite", "--json")
    assert set(ended.json) == {"run", "file", "answers", "bytes"}
    assert (ended.json["run"], ended.json["answers"] > 0) == (done.run, True)
    shown = done("export", f"runs/{done.run}")
    assert f"{done.run}.sqlite: " in shown.out
    elsewhere = Selftaught(tmp_path)
    file = done.folder / "a run.sqlite"
    replayed = elsewhere(
        "run", "--task", done.folder / "a_task", *QUICK[:-2], "--model", f"recording:{file}", "--json"
    )
    assert replayed.code == 0, replayed.err
    assert replayed.json["iterations"] == done.summary["iterations"]
    assert replayed.json["model"] == f"recording:{done.run}"
    lacking = elsewhere("run", "--task", "lpn", *QUICK, "--model", f"recording:{file}")
    assert lacking.code == 1
    line = lacking.err.strip().splitlines()[-1]
    assert f"recording:{done.run} lacks an answer to the prompt that begins 'Here is a Python program" in line
    assert " asked at t0/" in line
    command = "selftaught run --task a_task --iterations 1 --repeats 1 --calls 1 --samples 2"
    assert f"answers of `{command}` with seed 1: give these options, no other --seed, and the task" in line
    assert f"replay it  {command} --model recording:{done.run}.sqlite" in shown.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export"], "RUN is missing"),
        (["export", "nowhere"], "no such run"),
        (["run", "--model", "recording:nowhere"], "there is no such run, folder or exported file"),
    ],
)
def test_wrong_calls(done, arguments, words):
    ended = done(*arguments)
    assert (ended.code, words in ended.complaint) == (2, True), ended.err


# --- keys --------------------------------------------------------------------------------------------------------

KEY = "sk-distinctive-0123456789abcdef"
VARIABLES = ("OPENAI_API_KEY", "SELFTAUGHT_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")


def echoing(request, n):
    """A server that says back the key that it was sent, in answers and in complaints."""
    if n % 5 == 4:
        return error(400, f"the key {KEY} may not ask this")
    text = rewrite(request["messages"][1]["content"], 0.7, n)
    return f"You are {KEY}.\n{text}"


def test_keys_are_nowhere(selftaught, books):
    environment = dict.fromkeys(VARIABLES, KEY)
    said = []
    with ChatServer(echoing) as server:
        runs = [
            ("run", "--task", "lpn", *QUICK, "--model", f"{server.url}#stub"),
            ("improve", "lpn", "--model", f"{server.url}#stub", "--calls", "2", "--json"),
            ("improve", "lpn", "--model", "openai:stub", "--calls", "1", "--yes"),
        ]
        for arguments in runs:
            said.append(selftaught(*arguments, OPENAI_BASE_URL=server.url, **environment))
            assert said[-1].code == 0, said[-1].err
        sent = [request.headers["authorization"] for request in server.requests]
    assert f"Bearer {KEY}" in sent, "or this tests nothing"
    with ChatServer(error(401, f"Incorrect API key provided: {KEY}")) as server:
        said.append(selftaught("improve", "lpn", "--model", f"{server.url}#stub", **environment))
        assert said[-1].code == 2
    books.leave_out(server)
    for folder in sorted((selftaught.folder / "runs").iterdir()):
        said.append(selftaught("export", folder.name, **environment))
        said.append(selftaught("run", "--resume", folder.name, **environment))
    replayed = ("--model", f"recording:{sorted((selftaught.folder / 'runs').iterdir())[0].name}")
    said.append(selftaught("run", "--task", "lpn", *QUICK, *replayed, **environment))
    assert said[-1].code == 0, said[-1].err
    for wrong in (
        ["--model", f"http://me:{KEY}@127.0.0.1/v1#stub"],
        ["--model", f"http://127.0.0.1/v1?key={KEY}#stub"],
        ["--model", f"http://127.0.0.1:9/v1#{KEY}"],
        ["--api-key", KEY],
        [f"--api-key={KEY}"],
    ):
        ended = selftaught("run", *wrong, SELFTAUGHT_TRACEBACK="1", **environment)
        assert ended.code == 2
        said.append(ended)
    for command in (["models"], ["runs"], ["runs", "--json"], ["doctor"]):
        said.append(selftaught(*command, **environment))
    for ended in said:
        assert KEY not in ended.out + ended.err
    files = [path for path in selftaught.folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".sqlite") for path in files)
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    shown = 0
    for ledger in selftaught.folder.glob("runs/*/ledger.sqlite"):
        with sqlite3.connect(ledger) as file:
            query = "SELECT count(*) FROM answers WHERE text LIKE 'You are [key].%'"
            shown += file.execute(query).fetchone()[0]
        file.close()
    assert shown, "an answer that holds a key is kept without it"
