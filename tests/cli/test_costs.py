"""What a run may cost, several models, the cache and the configuration file, as a user meets them."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from servers import ChatServer

from selftaught.models.offline import rewrite

KEY = {"OPENAI_API_KEY": "sk-of-nobody-at-all"}
SMALL = (
    "--iterations",
    "1",
    "--repeats",
    "1",
    "--calls",
    "1",
    "--samples",
    "2",
    "--jobs",
    "2",
    "--seed",
    "1",
)


def rewriting(request, n):
    return rewrite(request["messages"][-1]["content"], 0.7, n)


def test_a_dry_run_counts_as_the_recursion_does(selftaught):
    """The paper's settings, an iteration: 4 calls for the improver, 3 splits, 25 + 4 meta-utilities of 5 uses."""
    ended = selftaught("run", "--task", "lpn", "--iterations", "1", "--dry-run", "--json")
    most = ended.json["most"]
    assert most["calls"] == 4 + (3 + 25 + 4) * 5 * 4
    assert most["answers"] == 6 * most["calls"]
    assert most["cost"] == 0
    assert not (selftaught.folder / "runs").exists(), "nothing was begun"


def test_a_dry_run_knows_prices_and_needs_no_key(selftaught):
    arguments = ("run", "--task", "lpn", "--model", "openai:gpt-4o", "--answer-tokens", "1000", "--dry-run")
    ended = selftaught(*arguments, "--json")
    assert ended.code == 0, ended.err
    most = ended.json["most"]
    assert most["tokens_out"] == 1000 * most["answers"]
    assert most["tokens_in"] == 128_000 * most["answers"]
    assert most["cost"] == pytest.approx(most["answers"] * (128_000 * 2.5 + 1000 * 10) / 1e6)
    limited = selftaught(*arguments, "--max-cost", "5", "--max-calls", "100", "--json").json
    assert (limited["most"]["cost"], limited["most"]["calls"]) == (5.0, 100)
    assert limited["within"] == ["calls", "cost"]
    table = selftaught(*arguments, "--max-cost", "5")
    assert "money      $5.00 (the limit)" in table.out
    assert "openai:gpt-4o: $2.5 in, $10 out for a million tokens, as listed by openai" in table.out


def test_limits_on_tokens_and_on_a_model_make_the_most_less(selftaught):
    arguments = (
        "run",
        "--task",
        "lpn",
        "--model",
        "openai:gpt-4o",
        "--answer-tokens",
        "1000",
        "--dry-run",
        "--json",
    )
    by_tokens = selftaught(*arguments, "--max-total-tokens", "1000").json["most"]
    assert by_tokens["cost"] == pytest.approx(1000 * 10 / 1e6), "all of them out, which costs most"
    uses = selftaught(*arguments).json["most"]["calls"] / 4
    by_use = selftaught(*arguments, "--tokens", "1000").json["most"]
    assert by_use["cost"] == pytest.approx(uses * 1000 * 10 / 1e6)
    (selftaught.folder / "m.toml").write_text('[models."openai:gpt-4o"]\nmax-cost = 0.5\nmax-calls = 7\n')
    of_model = selftaught(*arguments, "--config", "m.toml").json
    assert (of_model["most"]["cost"], of_model["most"]["calls"]) == (0.5, 7)
    begun = selftaught(*[each for each in arguments if each != "--dry-run"], "--config", "m.toml", **KEY,
                       OPENAI_BASE_URL="http://127.0.0.1:9/v1")  # fmt: skip
    assert "nothing limits the run" not in begun.err, "the model is limited"


def test_what_runs_here_is_free_however_long_its_answers(selftaught):
    ended = selftaught("run", "--task", "lpn", "--model", "ollama:x", "--dry-run")
    assert "money      $0.00" in ended.out
    assert "ollama:x: free" in ended.out


def test_an_unknown_price_is_said_to_be_unknown(selftaught):
    ended = selftaught("run", "--task", "lpn", "--model", "http://localhost:1/v1#x", "--dry-run")
    assert "money      cost unknown" in ended.out
    assert "answers have no limit that is known, see --answer-tokens" in ended.out
    assert (
        selftaught("run", "--task", "lpn", "--model", "http://localhost:1/v1#x", "--dry-run", "--json").json[
            "most"
        ]["cost"]
        is None
    )


def test_small_sums_are_shown_with_digits_that_say_something(selftaught):
    arguments = ("run", "--task", "lpn", "--model", "openai:gpt-4o", "--dry-run")
    assert "money      $0.00001 (the limit)" in selftaught(*arguments, "--max-cost", "0.00001").out


@pytest.mark.parametrize(
    ("settings", "tasks"), [((3, 5, 4, 6, 25), 1), ((2, 3, 2, 3, 7), 2), ((1, 1, 1, 1, 9), 1)]
)
def test_the_number_of_calls_is_the_formula_of_the_documentation(selftaught, settings, tasks):
    iterations, repeats, calls, samples, scores = settings
    ended = selftaught(
        "run", "--dry-run", "--json", *["--task", "lpn", "--task", "parity"][: 2 * tasks], "--iterations", iterations,
        "--repeats", repeats, "--calls", calls, "--samples", samples, "--scores", scores,
    )  # fmt: skip
    most = calls * (iterations + tasks * repeats * (3 + iterations * (scores + 4)))
    assert (ended.json["most"]["calls"], ended.json["most"]["answers"]) == (most, most * samples)


def test_a_dry_run_says_how_long_an_answer_may_get(selftaught):
    arguments = ("run", "--task", "lpn", "--model", "openai:gpt-4o", "--dry-run")
    assert "tokens: taken, since" not in selftaught(*arguments).out
    for limit in (["--max-cost", "5"], ["--tokens", "1000"]):
        assert (
            ", each of at most 8,192 tokens: taken, since tokens or money"
            in selftaught(*arguments, *limit).out
        )
    given = selftaught(*arguments, "--max-cost", "5", "--answer-tokens", "1000").out
    assert ", each of at most 1,000 tokens\n" in given


def test_the_real_run_never_comes_to_more_than_the_dry_one(selftaught):
    arguments = ("run", "--task", "lpn", *SMALL, "--json")
    most = selftaught(*arguments, "--dry-run").json["most"]
    spent = selftaught(*arguments).json["spent"]
    assert 0 < spent["calls"] <= most["calls"]
    assert 0 < spent["samples"] <= most["answers"]
    assert spent["tokens_out"] <= most["tokens_out"]


def test_a_paid_model_without_a_limit_asks_for_a_word(selftaught):
    with ChatServer(rewriting) as server:
        environment = KEY | {"OPENAI_BASE_URL": server.url}
        arguments = ("improve", "lpn", "--model", "openai:gpt-4o", "--calls", "1", "--samples", "1", "--json")
        refused = selftaught(*arguments, **environment)
        assert refused.code == 2
        assert "openai:gpt-4o may cost money, and nothing limits the run" in refused.complaint
        assert refused.complaint.endswith("at most: add --max-cost, another limit, or --yes")
        assert (
            "tokens out (--answer-tokens is the most of one answer, and bounds that) and $"
            in refused.complaint
        )
        bounded = selftaught(*arguments, "--answer-tokens", "100", **environment)
        assert "1 answers, 100 tokens out and $" in bounded.complaint
        assert server.count == 0
        for agreed in (["--yes"], ["--max-cost", "1"], ["--max-calls", "5"]):
            before = server.count
            ended = selftaught(*arguments, *agreed, **environment)
            assert ended.code == 0, ended.err
            assert ended.json["spent"]["requests"] == server.count - before == 1
            spent = ended.json["spent"]
            paid = (spent["tokens_in"] * 2.5 + spent["tokens_out"] * 10) / 1e6
            assert spent["cost"] == pytest.approx(paid)


def test_a_limit_on_money_ends_a_run_in_order_and_says_what_it_would_need(selftaught):
    with ChatServer(rewriting) as server:
        name = f"{server.url}#stub"
        limits = ("--max-cost", "0.02", "--price", "0/10", "--answer-tokens", "500")
        ended = selftaught("run", "--task", "lpn", "--model", name, *SMALL, "--iterations", "3", *limits)
        assert ended.code == 0, ended.err
        assert (
            "Stopped by the limit of $0.02 (what is left of it is less than 2 answers may take" in ended.out
        )
        assert "to go on   the " in ended.out
        assert "selftaught run --resume runs/" in ended.out
        run = next((selftaught.folder / "runs").iterdir())
        summary = json.loads((run / "summary.json").read_text())
        assert summary["status"] == "limit"
        assert summary["spent"]["cost"] <= 0.02
        assert summary["spent"]["requests"] == server.count
        again = selftaught("run", "--resume", run.name, "--max-cost", "0.05", "--json")
        assert again.code == 0, again.err
        assert summary["spent"]["cost"] <= again.json["spent"]["cost"] <= 0.05
        assert again.json["spent"]["requests"] == server.count
        lower = selftaught("run", "--resume", run.name, "--max-cost", "0.01")
        assert (
            "--max-cost may be raised, not lowered: the run has 0.05, not 0.01: leave it out"
            in lower.complaint
        )
        other = selftaught("run", "--resume", run.name, "--price", "1/10")
        assert "the price of" in other.complaint
        assert "is not the run's, which is 0/10" in other.complaint


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (("--tokens", "10"), "the limit of 10 tokens on one use of an improver (what is left of it is less than 2"),
        (("--cost", "0.00001", "--price", "1/1", "--yes"), "the limit of $0.00001 on one use of an improver (what"),
        (("--time", "0.001s"), "the limit of 0.001 s on one use of an improver: give more than that with --time"),
    ],
)  # fmt: skip
def test_a_limit_on_one_use_that_no_call_fits_into_is_said_aloud_and_once(selftaught, limit, words):
    ended = selftaught("run", "--task", "lpn", *SMALL, *limit, "--json")
    assert ended.code == 0, ended.err
    assert ended.json["spent"]["calls"] == 0
    (line,) = [line for line in ended.err.splitlines() if "no call could be afforded" in line]
    assert line == ended.err.splitlines()[-1]
    assert "uses of an improver on lpn" in line
    assert words in line
    assert line.endswith(f": give more than that with {limit[0]}")
    again = selftaught("run", "--resume", ended.json["run"])
    assert again.err.splitlines()[-1] == line
    assert "uses that a limit on one use left without a call or a result" in again.out
    improved = selftaught("improve", "lpn", *SMALL[4:], *limit)
    assert improved.code == 0, improved.err
    assert "no call could be afforded" in improved.err.splitlines()[-1]


def test_a_limit_on_one_use_that_a_call_fits_into_is_not_spoken_of(selftaught):
    ended = selftaught("run", "--task", "lpn", *SMALL, "--tokens", "100000", "--cost", "1", "--time", "10m")
    assert ended.code == 0, ended.err
    assert "give more" not in ended.err


def test_a_limit_is_added_to_a_run_that_had_none(selftaught):
    begun = selftaught("run", "--task", "lpn", *SMALL, "--max-calls", "3", "--json")
    run = begun.json["run"]
    assert begun.json["status"] == "limit"
    added = ("--max-time", "1h", "--max-total-tokens", "9000000", "--max-cost", "5")
    ended = selftaught("run", "--resume", run, "--max-calls", "1000", *added, "--json")
    assert ended.code == 0, ended.err
    whole = selftaught("run", "--task", "lpn", *SMALL, "--json")
    assert ended.json == {**whole.json, "run": run, "audit": ended.json["audit"]}
    lower = selftaught("run", "--resume", run, "--max-calls", "999")
    assert (
        "--max-calls may be raised, not lowered: the run has 1000, not 999: leave it out" in lower.complaint
    )
    (selftaught.folder / "c.toml").write_text("max-cost = 4")
    lower = selftaught("run", "--resume", run, "--config", "c.toml")
    assert "c.toml: max-cost: --max-cost may be raised, not lowered: the run has 5, not 4" in lower.complaint


def test_a_limit_that_would_not_hold_is_not_added(selftaught):
    with ChatServer(rewriting) as server:
        arguments = ("run", "--task", "lpn", *SMALL, "--model", f"{server.url}#stub", "--max-calls", "3")
        run = selftaught(*arguments, "--json").json["run"]
        asked = server.count
        for limit, words in (
            (
                ("--max-total-tokens", "9"),
                "its answers have no limit of tokens (--answer-tokens), and a run keeps",
            ),
            (("--max-cost", "9"), "no price is known for http://"),
        ):
            ended = selftaught("run", "--resume", run, *limit)
            assert ended.code == 2
            assert words in ended.complaint
            assert "limit its calls or its time, or begin a new run" in ended.complaint
        assert server.count == asked
        assert selftaught("run", "--resume", run, "--max-calls", "3", "--max-time", "1h").code == 0


def test_what_happened_beyond_a_limit_that_was_raised_is_not_counted_twice(selftaught):
    arguments = ("run", "--task", "lpn", *SMALL, "--repeats", "2")
    limited = selftaught(*arguments, "--max-calls", "7")
    assert limited.code == 0, limited.err
    assert "uses in which an improver failed and returned nothing" in limited.out
    (run,) = (selftaught.folder / "runs").iterdir()
    raised = selftaught("run", "--resume", run.name, "--max-calls", "1000")
    whole = selftaught(*arguments)
    events = [
        [line for line in each.out.splitlines() if line.startswith("events")] for each in (raised, whole)
    ]
    assert events[0] == events[1]


def test_several_models_and_a_meta_model(selftaught):
    with ChatServer(rewriting) as one, ChatServer(rewriting) as two, ChatServer(rewriting) as meta:
        names = [f"{server.url}#stub" for server in (one, two, meta)]
        (selftaught.folder / "choosing.py").write_text(
            "from helpers import extract_code\n\n"
            "def improve_algorithm(initial_solution, utility, language_model):\n"
            "    answers = []\n"
            "    for name in language_model.models:\n"
            "        answers += language_model.prompt('', initial_solution, model=name)\n"
            "    return max([text for text in extract_code(answers) if text] or [initial_solution], key=utility)\n"
        )
        ended = selftaught(
            "run", "--task", "lpn", *SMALL, "--calls", "2", "--improver", "choosing.py",
            "--model", names[0], "--model", names[1], "--meta-model", names[2], "--json",
        )  # fmt: skip
        assert ended.code == 0, ended.err
        assert min(one.count, two.count, meta.count) > 0
        assert ended.json["spent"]["requests"] == one.count + two.count + meta.count
        assert ended.json["model"] == f"{names[0]}, {names[1]}"
        assert ended.json["meta_model"] == names[2]
        texts = [request.body["messages"][-1]["content"] for request in meta.requests]
        assert all("def improve_algorithm" in text for text in texts)
        assert not any("def improve_algorithm" in r.body["messages"][-1]["content"] for r in one.requests)
        run = ended.json["run"]
        same = selftaught("run", "--resume", run, "--json")
        assert same.json == ended.json
        other = selftaught("run", "--resume", run, "--model", names[1])
        assert f"is not the run's, which is {names[0]} and {names[1]}" in other.complaint
        before = one.count + two.count + meta.count
        replay = selftaught(
            "run", "--task", "lpn", *SMALL, "--calls", "2", "--improver", "choosing.py",
            "--model", f"recording:{run}", "--json",
        )  # fmt: skip
        assert replay.json["iterations"] == ended.json["iterations"]
        assert one.count + two.count + meta.count == before


def test_a_cache_gives_a_second_run_what_the_first_was_given(selftaught):
    with ChatServer(rewriting) as server:
        arguments = ("run", "--task", "lpn", *SMALL, "--model", f"{server.url}#stub", "--cache")
        first = selftaught(*arguments, "--json")
        assert first.code == 0, first.err
        asked = server.count
        assert first.json["spent"]["requests"] == asked
        second = selftaught(*arguments)
        assert second.code == 0, second.err
        assert server.count == asked
        assert "this run is not independent of those that share it" in second.out
        other = selftaught(*arguments, "--temperature", "1")
        assert other.code == 2
        without = selftaught(*[each for each in arguments if each != "--cache"], "--json")
        assert without.json["spent"]["requests"] == server.count - asked > 0
        listed = selftaught("runs", "--json").json
        assert len(listed) == 3, "the cache is no run"


# --- the configuration file --------------------------------------------------------------------------------------


def test_a_configuration_file_says_what_options_say(selftaught):
    with ChatServer(rewriting) as server:
        name = f"{server.url}#stub"
        (selftaught.folder / "run.toml").write_text(
            f'task = ["lpn"]\nmodel = "{name}"\niterations = 1\nrepeats = 1\ncalls = 1\nsamples = 3\n'
            'seed = 9\nmax_time = "1h"\nanswer-tokens = 700\nadopt = "always"\nmax-cost = 4\n'
            f'[models."{name}"]\nprice = [1, 2.5]\nconcurrency = 2\nmax-calls = 1000\n'
        )
        ended = selftaught("run", "--config", "run.toml", "--samples", "2", "--json")
        assert ended.code == 0, ended.err
        assert ended.json["seed"] == 9
        spent = ended.json["spent"]
        assert spent["samples"] == 2 * spent["calls"], "what is given on the command line goes first"
        assert spent["cost"] == pytest.approx((spent["tokens_in"] * 1 + spent["tokens_out"] * 2.5) / 1e6)
        assert server.max_in_flight <= 2
        assert {request.body["max_tokens"] for request in server.requests} == {700}
        improved = selftaught("improve", "lpn", "--config", "run.toml", "--json")
        assert improved.code == 0, improved.err
        assert improved.json["spent"]["samples"] == 3, "a file may be shared: each command takes what it has"
        again = selftaught(
            "run", "--resume", ended.json["run"], "--config", "run.toml", "--samples", "2", "--json"
        )
        assert again.code == 0, again.err
        assert again.json == ended.json


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("iteration = 3", "c.toml: there is no 'iteration': did you mean iterations?"),
        ("max-costs = 3", "c.toml: there is no 'max-costs': did you mean max-cost?"),
        ("xyzzy = 3", "c.toml: there is no 'xyzzy': there are adopt, answer-tokens, "),
        ("json = true", "c.toml: there is no 'json'"),
        ("iterations = 0", "c.toml: iterations must be at least 1 but got 0"),
        ("iterations = 2.5", "c.toml: iterations must be a whole number but got 2.5"),
        ("iterations = true", "c.toml: iterations must be a whole number but got True"),
        ("iterations = [3]", "c.toml: iterations must be one value, not [3]"),
        ("iterations = {a = 3}", "c.toml: iterations must be one value"),
        ('adopt = "allways"', "c.toml: adopt must be always, not-worse or better but got 'allways': did you mean"),
        ('cache = "yes"', "c.toml: cache must be true or false"),
        ("max-cost = -1", "c.toml: max-cost must be an amount of US dollars above 0"),
        ("price = [1, 2]", "c.toml: price must be MODEL=IN/OUT"),
        ("model = \"opnai:x\"", "c.toml: model: there is no model 'opnai:x': did you mean openai:x?"),
        ("meta-model = [\"google:\"]", "c.toml: meta-model: google: names no model"),
        ("improver = \"sede\"", "c.toml: improver: sede: no such improver, and no such file: did you mean seed?"),
        ("runs = \"/proc/x\"\nyes = true", "c.toml: there is no 'yes'"),
        ("= 3", "c.toml is no TOML: "),
        ("models = 3", "c.toml: models holds a table for each model"),
        ("[models]\nx = 3", "c.toml: models holds a table for each model"),
        ('[models.offline]\nprize = [1, 2]', "[models.\"offline\"]: there is no 'prize': did you mean price?"),
        ("[models.offline]\nprice = 3", "c.toml: [models.\"offline\"]: price must be [in, out]"),
        ("[models.offline]\nprice = [-1, 2]", "price must be [in, out]"),
        ("[models.offline]\nconcurrency = 0", "concurrency must be at least 1 but got 0"),
    ],
)  # fmt: skip
def test_wrong_configurations_are_told_in_one_line(selftaught, text, words):
    (selftaught.folder / "c.toml").write_text(text)
    ended = selftaught("run", "--task", "lpn", "--config", "c.toml", "--dry-run")
    assert ended.code == 2
    assert words in ended.complaint


def test_a_table_for_a_model_that_is_not_asked_is_allowed(selftaught):
    (selftaught.folder / "c.toml").write_text(
        '[models."openai:dear"]\nprice = [100, 200]\nmax-cost = 1\n[models.offline]\nprice = [1, 2]\n'
    )
    ended = selftaught("run", "--task", "lpn", "--config", "c.toml", "--dry-run", "--json")
    assert ended.code == 0, ended.err
    assert ended.err == ""
    assert list(ended.json["models"]) == ["offline"]
    begun = selftaught("run", "--task", "lpn", *SMALL, "--max-calls", "3", "--config", "c.toml", "--json")
    again = selftaught("run", "--resume", begun.json["run"], "--config", "c.toml", "--json")
    told = begun.json | {"audit": again.json["audit"]}  # its log says that it went on
    assert (again.code, again.json) == (0, told), again.err
    (selftaught.folder / "c.toml").write_text("[models.offline]\nprice = [1, 3]\n")
    other = selftaught("run", "--resume", begun.json["run"], "--config", "c.toml")
    assert (
        'c.toml: [models."offline"]: the price of offline is not the run\'s, which is 1/2' in other.complaint
    )


def test_a_value_of_the_file_that_is_wrong_elsewhere_is_found_in_the_file(selftaught):
    (selftaught.folder / "c.toml").write_text('task = "bin_pakcing"\nruns = "/proc/nothing/here"\n')
    ended = selftaught("run", "--config", "c.toml")
    assert "c.toml: task: bin_pakcing: no such task" in ended.complaint
    ended = selftaught("run", "--config", "c.toml", "--task", "lpn")
    assert "c.toml: runs: --runs /proc/nothing/here cannot be made" in ended.complaint
    ended = selftaught("run", "--config", "c.toml", "--task", "bin_pak")
    assert ended.complaint.startswith("selftaught: bin_pak: no such task"), "that was not the file's"


def test_a_configuration_that_cannot_be_read_is_told(selftaught):
    assert "none.toml cannot be read" in selftaught("run", "--config", "none.toml").complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--price", "3"], "--price must be MODEL=IN/OUT"),
        (["--price", "a/b"], "--price must be MODEL=IN/OUT"),
        (["--price", "-1/2"], "--price must be MODEL=IN/OUT"),
        (["--price", "x=1/2"], "something is said of the model x, which is not asked: this run asks offline"),
        (["--max-cost", "0"], "--max-cost must be an amount of US dollars above 0"),
        (["--max-cost", "1", "--model", "http://localhost:1/v1#x"], "no price is known for http://localhost:1/v1#x"),
        (["--model", "offline", "--model", "offline"], "--model offline is given twice"),
        (["--model", "offline", "--model", "ollama:x", "--price", "1/2"], "of which model? write --price offline="),
        (["--resume", "x"], "--dry-run is of a run that is to begin"),
    ],
)  # fmt: skip
def test_wrong_options_are_told(selftaught, arguments, words):
    ended = selftaught("run", "--task", "lpn", "--dry-run", *arguments)
    assert ended.code == 2
    assert words in ended.complaint
