"""A wrong call is answered by one line that names what is wrong, where, and the mend, and by exit code 2."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum"], "no such command rum: did you mean run?"),
        (["run", "--sede", "1"], "no such option --sede: did you mean --seed"),
        (["score", "lpn"], "PROGRAM is missing: see `selftaught score --help`"),
        (["run", "--seed"], "'--seed' requires an argument"),
        (["run", "--calls", "0"], "--calls must be at least 1 but got 0"),
        (["run", "--jobs", "-1"], "--jobs must be at least 1 but got -1"),
        (["run", "--seed", "-3"], "--seed cannot be negative but got -3"),
        (["run", "--seed", "abc"], "--seed must be a whole number but got 'abc'"),
        (["run", "--seed", "a\x1b[31m\nb"], r"'a\x1b[31m\nb'"),
        (["run", "--max-time", "5 weeks"], "such as 90, 90s, 5m or 2h but got '5 weeks'"),
        (["run", "--max-time", "0"], "--max-time must be a time above 0"),
        (["run", "--isolation", "string"], "but got 'string': did you mean strong?"),
        (["run", "--adopt", "best"], "--adopt must be always, not-worse or better but got 'best'"),
        (
            ["run", "--task", "bin_pakcing"],
            "bin_pakcing: no such task, and no such folder: did you mean bin_packing?",
        ),
        (["run", "--improver", "sede"], "sede: no such improver, and no such file: did you mean seed?"),
        (["run", "--improver", "nowhere:best"], "nowhere: no such run: there are none in runs"),
        (["runs", "--runs", "nowhere"], "--runs nowhere is no folder"),
        (["run", "--model", "oflfine"], "oflfine"),
        (["run", "--model", "openai:gpt-4o"], "OPENAI_API_KEY"),
        *(
            (
                ["run", "--dry-run", "--model", f"{kind}:"],
                f"{kind}: names no model: add its name, {kind}:NAME",
            )
            for kind in ("openai", "anthropic", "google", "ollama")
        ),
        (["run", "--dry-run", "--meta-model", "openai: "], "openai: names no model"),
        (["run", "--dry-run", "--model", "google:../x"], "google:../x names no model: a name has letters"),
        (["run", "--dry-run", "--model", "recording:"], "recording: names no run"),
        (["run", "--runs", "/proc/nothing/here"], "--runs /proc/nothing/here cannot be made"),
        (["improve", "lpn", "-o", "no/such/file.py"], "there is no folder no/such: make it first"),
        (["improve", "lpn", "-o", "."], "--output . is a folder"),
        (["score", "lpn", "nowhere.py"], "nowhere.py"),
        (["score", ".", "nowhere.py"], "there is no task.toml in it"),
        (["jail", "nowhere.py", "--call", "f"], "nowhere.py"),
        (["new", "/proc/mine"], "/proc/mine cannot be made"),
    ],
)
def test_one_line_and_exit_code_2(selftaught, arguments, words):
    ended = selftaught(*arguments)
    assert ended.code == 2, ended
    assert words in ended.complaint
    assert not list(selftaught.folder.glob("runs/*"))


def test_a_file_in_the_place_of_the_folder_of_runs(selftaught):
    (selftaught.folder / "runs").write_text("")
    ended = selftaught("run")
    assert (ended.code, "there is a file of that name" in ended.complaint) == (2, True)


def test_a_server_that_is_not_there(selftaught):
    ended = selftaught("improve", "lpn", "--model", "http://127.0.0.1:9/v1#none")
    assert ended.code == 2, ended
    assert "127.0.0.1:9" in ended.complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--args", "{"], "--args is not JSON"),
        (["--args", "[" * 100_000], "--args is not JSON"),
        (["--args", '{"a": 1}'], "--args must be a JSON list"),
        (["--args", f"[{2**63}]"], "--args: an integer of more than 63 bits"),
        (["--cpu-s", "0"], "--cpu-s must be a number above 0 but got 0"),
        (["--memory-mb", "1e9"], "memory_mb must be"),
    ],
)
def test_arguments_and_limits_of_a_jail(selftaught, arguments, words):
    (selftaught.folder / "p.py").write_text("def f(*args): return args")
    ended = selftaught("jail", "p.py", "--call", "f", *arguments)
    assert ended.code == 2, ended
    assert words in ended.complaint


# --- a task's folder that is wrong --------------------------------------------------------------------------------


def test_no_scorer(selftaught, task):
    (task / "score.py").unlink()
    ended = selftaught("score", task, task / "program.py")
    assert (ended.code, "there is no score.py in it" in ended.complaint) == (2, True)


def test_toml_that_does_not_parse(selftaught, task):
    (task / "task.toml").write_text('name = "x"\nentry = = 1\n')
    ended = selftaught("score", task, task / "program.py")
    assert ended.code == 2
    assert "task.toml" in ended.complaint
    assert "line 2" in ended.complaint


def test_toml_with_an_unknown_key(selftaught, task):
    toml = (task / "task.toml").read_text()
    (task / "task.toml").write_text(toml.replace("entry =", "entri ="))
    assert "entry is missing" in selftaught("run", "--task", task).complaint
    (task / "task.toml").write_text("sumary = 'x'\n" + toml)
    ended = selftaught("improve", task)
    assert (ended.code, "unknown key 'sumary': did you mean 'summary'?" in ended.complaint) == (2, True)


def test_a_scorer_that_cannot_be_loaded(selftaught, task):
    (task / "score.py").write_text("import nothing_of_that_name\n" + (task / "score.py").read_text())
    ended = selftaught("score", task, task / "program.py")
    assert ended.code == 2, ended
    assert "score.py:1" in ended.complaint


@pytest.mark.parametrize("command", ["score", "improve", "run"])
def test_a_scorer_that_raises_is_no_score(selftaught, task, command):
    text = (task / "score.py").read_text()
    (task / "score.py").write_text(
        text.replace("length, weight = inputs", "raise RuntimeError('broken scale')")
    )
    arguments = {
        "score": [task, task / "program.py"],
        "improve": [task],
        "run": ["--task", task, "--repeats", "1"],
    }
    ended = selftaught(command, *arguments[command])
    assert ended.code == 1, ended
    last = ended.err.splitlines()[-1]  # a run that has begun may have said more
    assert "RuntimeError: broken scale" in last
    assert "score.py:26" in last
    assert "Traceback" not in ended.err
