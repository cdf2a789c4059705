# ruff: noqa: E501  cases read better with each in one line
"""Improvers, good and bad, with a model that answers from a script: what they are given, and what they may spend."""

import asyncio
import json

import pytest
from models_for_tests import ScriptedModel, fenced
from small_tasks import NEAR, PROGRAM, RIGHT

import selftaught.improving
from selftaught.address import Address
from selftaught.api import find_improver
from selftaught.budget import Budget, Limits, RunLimits
from selftaught.improving import improve
from selftaught.models import Answer
from selftaught.program import Program
from selftaught.run import RunModel

SEED = b"s" * 16


@pytest.fixture
def improved(double, new_run, runner):
    """Uses an improver (the body of its function, or a whole program) on "double": the improvement, the run."""

    def improved(source, model=None, *, task=None, **options):
        if "def improve_algorithm" not in source:
            lines = "\n".join(f"    {line}" for line in source.strip("\n").splitlines())
            source = f"def improve_algorithm(initial_solution, utility, language_model):\n{lines}"
        run = new_run(model, **options)

        async def work():
            prepared = await run.prepare(task or double)
            instances = prepared.draw("search", SEED)
            return await improve(
                run, Program(source), prepared, prepared.start, instances, Address(("here",))
            )

        return runner(work()), run

    return improved


def told(improvement):
    """What an improver returned as JSON: how it tells these tests what it has seen."""
    assert improvement.outcome.status == "ok", improvement.outcome
    return json.loads(improvement.program.text)


def events(run):
    return [kind for _, kind, _ in run.ledger.rows("events")]


def test_a_published_improver_may_name_the_sandbox_and_is_in_it_whatever_it_says(improved):
    body = """
scores = [utility(initial_solution, use_sandbox=each) for each in EACH]
return __import__("json").dumps([scores, utility.uses])
"""
    for each, noted in (("(True, True)", 0), ("(False, 0, None)", 3)):
        improvement, run = improved(body.replace("EACH", each))
        scores, uses = told(improvement)
        assert (set(scores), uses) == ({0.5}, len(scores))
        assert events(run) == ["sandbox-off"] * noted
    escapes = "open('escaped', 'w')\ndef f(x):\n    return x\n"
    improvement, _ = improved(f"return str([utility({escapes!r}, use_sandbox=False)])")
    assert improvement.program.text == "[0.0]"


# --- what it is given -----------------------------------------------------------------------------------------------


def test_an_improver_that_returns_what_it_is_given(improved):
    improvement, run = improved("return initial_solution")
    assert improvement.program == Program(PROGRAM)
    assert (improvement.spent.calls, improvement.spent.samples, improvement.scores) == (0, 0, 0)
    assert run.ledger.rows("calls") == run.ledger.rows("scores") == []


def test_the_published_names_are_there(improved):
    improvement, _ = improved("""
import json
from helpers import extract_code
return json.dumps([
    initial_solution, utility.str[:20], utility.budget, utility.uses, utility(initial_solution), utility.uses,
    utility.remaining, language_model.budget, language_model.max_responses_per_call, language_model.remaining,
    extract_code("```python\\nx = 1\\n```"), extract_code(["no code here at all", "```\\ny = 2\\n```"]),
])
""")
    start, told_of, *rest = told(improvement)
    assert start == PROGRAM
    assert told_of.startswith("A program defines `f")
    assert rest == [13, 0, 0.5, 1, 12, 3, 4, 3, "x = 1", [None, "y = 2"]]


def test_a_prompt_and_its_answers(improved):
    model = ScriptedModel(["one", "two", "three"])
    improvement, run = improved(
        "import json\nreturn json.dumps(language_model.prompt('You are.', 'Do it.', n_responses=3, temperature=0.5))",
        model,
    )
    assert told(improvement) == ["one", "two", "three"]
    assert [[(m.role, m.content) for m in query.messages] for query in model.queries] == [
        [("system", "You are."), ("user", "Do it.")]
    ] * 3
    assert {query.temperature for query in model.queries} == {0.5}
    assert len({query.seed for query in model.queries}) == 3, "equal questions have seeds of their own"
    assert (improvement.spent.calls, improvement.spent.samples) == (1, 3)
    assert run.ledger.spent().to_json() == {
        "calls": 1, "samples": 3, "requests": 3, "tokens_in": 30, "tokens_out": 15, "cost": None,
    }  # fmt: skip


def test_answers_come_in_the_order_of_the_messages(improved):
    model = ScriptedModel(lambda query: query.messages[1].content.upper())
    improvement, _ = improved(
        "import json\nreturn json.dumps(language_model.batch_prompt('', ['a', 'b', 'c', 'a'], temperature=1.0))",
        model,
    )
    assert told(improvement) == ["A", "B", "C", "A"]


def test_refused_and_empty_answers_are_empty_and_say_why(improved):
    model = ScriptedModel(
        [Answer("", "refused", "against the rules"), Answer("", "empty"), Answer("", "failed", "503"), "fine"]
    )
    improvement, _ = improved(
        "import json\nreturn json.dumps([language_model.prompt('', 'x', 4), language_model.outcomes])", model
    )
    assert told(improvement) == [
        ["", "", "", "fine"],
        ["refused: against the rules", "empty", "failed: 503", "ok"],
    ]


def test_the_published_seed_improver_runs_unchanged(improved):
    model = ScriptedModel(
        [fenced(NEAR), "I cannot help with that.", fenced(RIGHT), fenced("def f(x): return 1 / 0")]
    )
    improvement, run = improved(find_improver("seed").text, model)
    assert improvement.program == Program(RIGHT)
    assert (improvement.spent.calls, improvement.spent.samples, improvement.scores) == (1, 4, 3)
    assert events(run) == ["not-a-program"], "None, where there was no code, is scored 0.0 uncharged"


def test_a_published_style_improver_with_threads_and_a_beam(improved):
    model = ScriptedModel([fenced(PROGRAM), fenced(NEAR), fenced(RIGHT)])
    improvement, _ = improved(
        """
import concurrent.futures
from helpers import extract_code
def improve_algorithm(initial_solution, utility, language_model):
    beam = [initial_solution]
    for _ in range(language_model.budget):
        n = min(language_model.max_responses_per_call, 2)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = language_model.batch_prompt("Expert.", ["Improve:\\n" + beam[0]] * n, temperature=0.7)
            new = [code for code in extract_code(answers) if code]
            scores = list(pool.map(utility, new))
        beam = [code for _, code in sorted(zip(scores, new), key=lambda pair: -pair[0])] + beam
    return max(beam, key=utility)
""",
        model,
        budget=Budget(calls=3, samples=4, scores=40),
    )
    assert improvement.program == Program(RIGHT)


def test_several_scores_at_once_and_why(improved):
    improvement, _ = improved(
        """
import json
programs = [initial_solution, "def f(x): return 1 / 0", "def f(x): return 2 * x", "def f(x): return None"]
return json.dumps([utility.many(programs), [utility.why(p) for p in programs], utility.why("x"), utility.why(None),
                   utility.uses])
"""
    )
    scores, why, unknown, none, uses = told(improvement)
    assert scores == [0.5, 0.0, 1.0, 0.0]
    assert why[0] == why[2] == "ran"
    assert why[1] == "failed: error: ZeroDivisionError: division by zero (line 1) (3 of 3 instances)"
    assert (unknown, none, uses) == ("not scored yet", "not a program: its text must be a str", 4)


# --- what it may spend ----------------------------------------------------------------------------------------------


def test_beyond_its_budget_utility_is_nothing_and_uses_stop(improved):
    improvement, run = improved(
        "import json\nreturn json.dumps([[utility(initial_solution) for _ in range(8)], utility.uses, utility.remaining])",
        budget=Budget(calls=1, samples=4, scores=5),
    )
    assert told(improvement) == [[0.5] * 5 + [0.0] * 3, 5, 0]
    assert improvement.scores == 5
    assert events(run) == ["utility-budget"] * 3
    assert len(run.ledger.rows("scores")) == 1, "one program at one address is scored once"


def test_what_is_no_program_is_nothing_and_free(improved):
    improvement, run = improved(
        "import json\nreturn json.dumps([[utility(x) for x in (None, 5, b'x', [], {}, True)], utility.uses, utility('')])"
    )
    assert told(improvement) == [[0.0] * 6, 0, 0.0]
    assert events(run) == ["not-a-program"] * 6
    assert improvement.scores == 1, "an empty text is a program, and a bad one"


def test_a_call_beyond_the_budget_raises_what_can_be_caught(improved):
    improvement, run = improved(
        """
import json
from selftaught.jail.inside import BudgetExhausted
made, words = 0, ""
try:
    while True:
        language_model.prompt("", "x")
        made += 1
except BudgetExhausted as problem:
    words = str(problem)
return json.dumps([made, words, language_model.remaining])
"""
    )
    assert told(improvement) == [3, "all 3 calls of the language model are spent", 0]
    assert improvement.spent.calls == 3
    assert len(run.ledger.rows("calls")) == 3
    assert events(run) == ["model-budget"]


def test_a_call_beyond_the_budget_that_is_not_caught_is_its_outcome(improved):
    improvement, _ = improved("while True: language_model.prompt('', 'x')")
    assert improvement.program is None
    assert improvement.outcome.status == "error"
    assert improvement.outcome.error.startswith(
        "BudgetExhausted: all 3 calls of the language model are spent"
    )
    assert improvement.spent.calls == 3


WRONG_CALLS = {
    "prompt('', 'x', 5)": "ValueError: a call may ask for 1 to 4 answers; nothing was spent",
    "prompt('', 'x', 10**18)": "ValueError: a call may ask for 1 to 4 answers",
    "prompt('', 'x', 0)": "ValueError: a call may ask for 1 to 4 answers",
    "prompt('', 'x', -1)": "ValueError",
    "prompt('', 'x', 2**70)": "TypeError: an argument: an integer of more than 63 bits",
    "prompt('', 'x', 1.0)": "TypeError: n_responses must be an int but got float",
    "prompt('', 'x', True)": "TypeError: n_responses must be an int but got bool",
    "prompt('', 'x', None)": "TypeError: n_responses must be an int but got NoneType",
    "prompt('', 5)": "TypeError: each message must be a str",
    "prompt(5, 'x')": "TypeError: expertise must be a str but got int",
    "prompt('x')": "TypeError: missing a required argument: 'message'",
    "prompt('', 'x', model='y')": "ValueError: model must be one of scripted; nothing was spent",
    "prompt('', 'x', temperature=3)": "ValueError: temperature must be between 0 and 2 but got 3",
    "prompt('', 'x', temperature=-0.1)": "ValueError: temperature must be between 0 and 2",
    "prompt('', 'x', temperature='hot')": "TypeError: temperature must be a number but got str",
    "prompt('', 'x', temperature=None)": "TypeError: temperature must be a number but got NoneType",
    "prompt('', lambda: 1)": "TypeError: an argument: a foreign type: function",
    "batch_prompt('', ['x'] * 5)": "ValueError: a call may ask for 1 to 4 answers",
    "batch_prompt('', [])": "ValueError: a call may ask for 1 to 4 answers",
    "batch_prompt('', 'abc')": "TypeError: each message must be a str, and batch_prompt takes a list",
    "batch_prompt('', [1])": "TypeError: each message must be a str",
    "batch_prompt('', ['x' * 2**25])": "TypeError: an argument: too large",
    "ask('x')": "AttributeError: no attribute 'ask' here",
    "spent": "AttributeError: no attribute 'spent' here",
    "asked('prompt', [], {})": "AttributeError: no attribute 'asked' here",
}


def test_wrong_calls_raise_inside_and_spend_nothing(improved):
    calls = ",\n".join(f"lambda: language_model.{call}" for call in WRONG_CALLS)
    improvement, run = improved(f"""
import json
words = []
for call in [{calls}]:
    try:
        words.append(repr(call()))
    except Exception as problem:
        words.append(type(problem).__name__ + ": " + str(problem))
return json.dumps([words, language_model.remaining])
""")
    words, remaining = told(improvement)
    assert remaining == 3
    assert run.ledger.rows("calls") == []
    for call, said, expected in zip(WRONG_CALLS, words, WRONG_CALLS.values(), strict=True):
        assert said.startswith(expected), call


def test_64_threads_get_exactly_the_budget(improved):
    improvement, run = improved(
        """
import json, threading
from selftaught.jail.inside import BudgetExhausted
scores, answers, refused = [], [], []
def work(i):
    scores.append(utility(f"def f(x): return 2 * x\\n#{i % 8}"))
    try: answers.append(language_model.prompt("", f"{i}"))
    except BudgetExhausted: refused.append(i)
threads = [threading.Thread(target=work, args=(i,)) for i in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
return json.dumps([len(scores), sum(scores), len(answers), len(refused), utility.uses, language_model.remaining])
""",
        budget=Budget(calls=5, samples=2, scores=21),
    )
    assert told(improvement) == [64, 21.0, 5, 59, 21, 0]
    assert (improvement.spent.calls, improvement.scores) == (5, 21)
    assert sorted(set(events(run))) == ["model-budget", "utility-budget"]
    assert (events(run).count("model-budget"), events(run).count("utility-budget")) == (59, 43)
    assert len(run.ledger.rows("answers")) == 5


def test_counters_changed_inside_do_not_matter(improved):
    improvement, run = improved(
        """
import json, threading
from selftaught.jail import inside
utility.budget = language_model.budget = language_model.max_responses_per_call = 10**6
utility.__dict__["uses"] = -10**6
language_model.__dict__.update(remaining=10**6, _methods=("prompt", "refund"))
inside.BudgetExhausted = ZeroDivisionError
made = 0
for _ in range(10):
    try: language_model.prompt("", "x"); made += 1
    except Exception: pass
scores = [utility(initial_solution) for _ in range(20)]
return json.dumps([made, scores.count(0.5)])
"""
    )
    assert told(improvement) == [3, 13]
    assert (improvement.spent.calls, improvement.scores) == (3, 13)
    assert len(run.ledger.rows("calls")) == 3


def test_forged_questions_are_counted_like_any_other(improved):
    improvement, run = improved(
        """
import json, os
from selftaught.jail import inside
def send(*message): os.write(3, inside.wire.pack(["ask", *message]))
for number in (7, 7, 7, 2**40, -1): send(number, 1, "prompt", ["", "forged"], {})
for _ in range(20): send(9, 0, "__call__", [initial_solution], {})
return json.dumps([utility.uses, language_model.remaining])
"""
    )
    assert improvement.outcome.status == "ok", improvement.outcome
    assert improvement.spent.calls == 3
    assert improvement.scores == 13
    assert len(run.ledger.rows("calls")) == 3


@pytest.mark.parametrize(
    "message",
    [
        "[5, 2, 'prompt', [], {}]", "[5, 1, 'asked', [], {}]", "[5, 1, '_call', [], {}]", "[5, 1, 'spent', [], {}]",
        "[5, 0, 'prompt', [], {}]", "[5, 1, 'prompt', {}, []]", "['a', 1, 'prompt', [], {}]", "[5, 1, 'constants', [], {}]",
    ],
)  # fmt: skip
def test_questions_about_what_was_not_given_end_it(message, improved):
    improvement, run = improved(
        f"import os\nfrom selftaught.jail import inside\nos.write(3, inside.wire.pack(['ask', *{message}]))\nreturn 'x'"
    )
    assert improvement.program is None
    assert improvement.outcome.status == "refused"
    assert run.ledger.rows("calls") == []


def test_a_flood_of_questions_gets_no_more_than_the_budget(improved, monkeypatch):
    monkeypatch.setattr(selftaught.improving, "IMPROVER_LIMITS", Limits(cpu_s=2, wall_s=0.3, memory_mb=256))
    improvement, run = improved(
        """
import os
from selftaught.jail import inside
frame = inside.wire.pack(["ask", 5, 0, "__call__", [initial_solution], {}])
for _ in range(5000): os.write(3, frame)
import time; time.sleep(1000)
"""
    )
    assert improvement.program is None
    assert improvement.outcome.status in ("refused", "timeout")
    assert improvement.scores <= 13
    assert len(run.ledger.rows("scores")) <= 1


def test_what_it_asks_after_it_has_returned_is_not_answered_and_harms_nothing(improved):
    improvement, _ = improved(
        """
import threading, time
def burn():
    for i in range(1000):
        try: utility(f"def f(x): return 2 * x\\n# {i}")
        except Exception: pass
for _ in range(4): threading.Thread(target=burn, daemon=True).start()
while utility.uses < 2: pass
return initial_solution
""",
        budget=Budget(calls=1, samples=4, scores=1000),
    )
    assert improvement.program == Program(PROGRAM)
    assert 2 <= improvement.scores <= 1000
    again, _ = improved("return initial_solution")
    assert again.outcome.status == "ok"


def test_the_run_limit_is_budget_exhausted_inside_and_reached_outside(improved):
    improvement, run = improved(
        "import json\nfrom selftaught.jail.inside import BudgetExhausted\nwords = []\n"
        "for _ in range(3):\n    try: words += language_model.prompt('', 'x')\n"
        "    except BudgetExhausted as problem: words.append(str(problem))\nreturn json.dumps(words)",
        ScriptedModel(["fine"]),
        limits=RunLimits(calls=1),
    )
    assert told(improvement) == ["fine"] + ["the limit of 1 model calls is reached"] * 2
    assert improvement.spent.calls == run.meter.spent.calls == 1
    assert run.meter.reached == "the limit of 1 model calls"


# --- how it may fail ------------------------------------------------------------------------------------------------

FAILING = {
    "raises": ("raise ValueError('no idea')", "error", "ValueError: no idea (line 2)"),
    "exits": ("raise SystemExit(0)", "error", "SystemExit: the program exited (0)"),
    "dies": ("import os; os._exit(1)", "error", "the process exited with 1 before it returned"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "killed", "ended by SIGSEGV"),
    "returns None": ("return None", "refused", "returned NoneType, not a program's text"),
    "returns a number": ("return 5", "refused", "returned int, not a program's text"),
    "returns a list": ("return [initial_solution]", "refused", "returned list, not a program's text"),
    "returns bytes": ("return b'x'", "refused", "returned bytes, not a program's text"),
    "returns its utility": ("return utility", "refused", "the result: a foreign type: Proxy"),
    "returns too much": ("return 'x' * 2**25", "refused", "the result: too large"),
    "takes memory": ("return bytearray(2**34)", "memory", "MemoryError"),
    "calls itself": ("return improve_algorithm(initial_solution, utility, language_model)", "error", "RecursionError"),
    "reads a file": ("return open('/etc/passwd').read()", "error", "(line 2)"),
    "gives an argument that may not cross": ("return str(utility(utility))", "error", "TypeError: an argument: a foreign"),
    "the flag without its name": ("utility(initial_solution, True)", "error", "TypeError: too many positional"),
    "calls with too much": ("utility(1, 2)", "error", "TypeError: too many positional arguments"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_an_improver_that_fails_has_returned_nothing_with_its_cause(name, improved):
    source, status, cause = FAILING[name]
    improvement, run = improved(source)
    assert improvement.program is None
    assert (improvement.outcome.status, cause in improvement.outcome.error) == (status, True), (
        improvement.outcome
    )
    ((_, _, _, _, result, _, _, kept, error, *_),) = run.ledger.rows("improvements")
    assert (result, kept, error) == (None, status, improvement.outcome.error)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("x = 1", "the program has no function 'improve_algorithm'"),
        (
            "def improve_algorithm(): return ''",
            "TypeError: improve_algorithm() takes 0 positional arguments but 3 were given",
        ),
        ("async def improve_algorithm(a, b, c): return a", "the result: a foreign type: coroutine"),
        ("def improve_algorithm(:", "SyntaxError"),
        ("raise ValueError('at import')\ndef improve_algorithm(a, b, c): return a", "ValueError: at import"),
    ],
)
def test_a_text_that_is_no_improver(source, cause, improved):
    improvement, _ = improved(
        source if "def improve_algorithm" in source else source + "\n#def improve_algorithm"
    )
    assert improvement.program is None
    assert cause in improvement.outcome.error


@pytest.mark.parametrize(
    ("source", "limits", "words"),
    [
        ("while True: pass", {"cpu_s": 0.2, "wall_s": 60}, "CPU time: more than 0.2 s"),
        ("import time; time.sleep(1000)", {"cpu_s": 60, "wall_s": 0.2}, "wall time: more than 0.2 s"),
    ],
)
def test_an_improver_that_does_not_end(source, limits, words, improved, monkeypatch):
    monkeypatch.setattr(selftaught.improving, "IMPROVER_LIMITS", Limits(memory_mb=256, **limits))
    improvement, _ = improved(source)
    assert (improvement.program, improvement.outcome.status, improvement.outcome.error) == (
        None,
        "timeout",
        words,
    )


def test_waiting_for_the_model_costs_no_wall_time(improved, monkeypatch):
    class Slow(ScriptedModel):
        async def answer(self, query):
            await asyncio.sleep(0.4)
            return await super().answer(query)

    monkeypatch.setattr(selftaught.improving, "IMPROVER_LIMITS", Limits(cpu_s=2, wall_s=0.3, memory_mb=256))
    improvement, _ = improved("return language_model.prompt('', 'x')[0]", Slow(["answered"]))
    assert improvement.program == Program("answered")


def test_texts_of_any_kind_go_through(improved):
    wild = "half \ud800 a pair, \0 null, \u2028 line, \U0001f600"
    improvement, run = improved(
        "a = language_model.prompt('\\udfff', '\\ud800\\0')[0]\nutility(a)\nprint(a)\nreturn a",
        ScriptedModel([wild]),
    )
    assert improvement.program.text == wild
    assert len(run.ledger.rows("answers")) == 1


def test_a_program_too_large_for_a_worker_is_its_own_fault(improved):
    improvement, _ = improved(
        "import json\ntext = initial_solution + '#' * (16 * 2**20 - 100)\nreturn json.dumps([utility(text), utility.why(text)])"
    )
    score, why = told(improvement)
    assert score == 0.0
    assert "too large" in why


def test_a_scorer_that_fails_stops_the_run_even_from_within(improved, made):
    from selftaught.errors import ScorerFailed

    task = made(instance=lambda rng: ((1,), None), score=lambda output, inputs, hidden: 1 / 0)
    with pytest.raises(ScorerFailed, match="ZeroDivisionError"):
        improved(
            "try: utility(initial_solution)\nexcept BaseException: pass\nreturn initial_solution", task=task
        )


def test_improvers_side_by_side_with_one_job_do_not_wait_for_each_other(double, new_run, runner):
    run = new_run(jobs=1)
    source = "best = max([initial_solution, 'def f(x): return 2 * x'], key=utility)\nreturn best"
    improver = Program(
        "def improve_algorithm(initial_solution, utility, language_model):\n    "
        + source.replace("\n", "\n    ")
    )

    async def work():
        task = await run.prepare(double)
        return await asyncio.wait_for(
            asyncio.gather(
                *(
                    improve(
                        run,
                        improver,
                        task,
                        task.start,
                        task.draw("search", bytes([i]) * 16),
                        Address((f"{i}",)),
                    )
                    for i in range(6)
                )
            ),
            120,
        )

    assert [each.program.text for each in runner(work())] == ["def f(x): return 2 * x"] * 6


def test_a_lost_zygote_is_replaced_and_the_improver_starts_again(double, new_run, runner, strongest):
    import os
    import signal

    from selftaught.jail.cell import Zygote

    run = new_run()
    own = Zygote(strongest)
    run._warm[:] = [own]
    killed = []

    def kill_once(query):
        if not killed:
            killed.append(own._process.pid)
            os.kill(own._process.pid, signal.SIGKILL)
            own._process.wait()
        return "answered"

    run.models = (RunModel(ScriptedModel(kill_once)),)
    improver = Program("def improve_algorithm(s, u, m):\n    return m.prompt('', 'x')[0]")

    async def work():
        task = await run.prepare(double)
        return await improve(run, improver, task, task.start, task.draw("search", SEED), Address(("here",)))

    try:
        assert runner(work()).program == Program("answered")
        assert killed
        assert run._warm[0] is not own
    finally:
        run._warm[0].close()
