"""Which strategies improvers use: against labels, on programs that mislead, and on texts that are hostile."""

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repeated_scores import HEAD as REPEATED_HEAD
from repeated_scores import PROGRAMS as REPEATED
from short_improvers import HEAD, PROGRAMS

from selftaught.api import find_improver, improver_names
from selftaught.demonstration import DEMONSTRATION
from selftaught.ledger import Ledger
from selftaught.program import extract_code
from selftaught.strategies import MOST_CHARACTERS, NEW, STRATEGIES, strategies_of

LABELLED = Path(__file__).parent / "labelled" / "improvers"
_PLAIN = ("n_responses", "temperature", "key", "reverse", "model")
LABELS = tomllib.loads((LABELLED / "labels.toml").read_text(encoding="utf-8"))["improver"]

COMPOSED = Path(__file__).parent / "labelled" / "composed"
ANSWERS = tomllib.loads((COMPOSED / "labels.toml").read_text(encoding="utf-8"))
"""Answers that propose an improver; of a strategy that is unsure either is right."""


def said(file):
    return strategies_of((LABELLED / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label["file"])
def test_what_people_labelled(label):
    assert set(label["uses"]) <= set(STRATEGIES)
    assert set(said(label["file"]).names) == set(label["uses"]), label["why"]


@pytest.mark.parametrize("file", ANSWERS)
def test_composed_answers(file):
    found = strategies_of(extract_code((COMPOSED / file).read_text(encoding="utf-8")))
    uses, unsure = set(ANSWERS[file]["labels"]), set(ANSWERS[file]["unsure"])
    assert uses | unsure <= set(STRATEGIES)
    assert set(found.names) - unsure == uses - unsure, ANSWERS[file]["notes"]
    assert found.complete
    assert bool(found.unexplained) == (file == "0008.md"), (
        "the longest of the programs that failed is repaired"
    )


def test_all_composed_answers_are_labelled():
    assert sorted(ANSWERS) == sorted(path.name for path in COMPOSED.glob("*.md"))
    assert len(ANSWERS) == 48


@pytest.mark.parametrize("name", REPEATED)
def test_scores_that_are_repeated_and_programs_that_are_shown_together(name):
    uses, source = REPEATED[name]
    found = strategies_of(REPEATED_HEAD + source)
    assert set(found.names) == uses
    assert found.unexplained == ()


def test_new_is_never_said_of_what_the_labels_explain():
    wrong = [label["file"] for label in LABELS if said(label["file"]).unexplained and not label["other"]]
    found = [label["file"] for label in LABELS if said(label["file"]).unexplained and label["other"]]
    missed = [label["file"] for label in LABELS if label["other"] and label["file"] not in found]
    assert wrong == []
    assert missed == ["24.py", "42.py"], "an example in the prompt and niches: docs/strategies.md says so"
    assert all(said(file).labels[-1] == NEW for file in found)


@pytest.mark.parametrize("name", PROGRAMS)
def test_short_programs(name):
    uses, source = PROGRAMS[name]
    found = strategies_of(HEAD + source)
    assert set(found.names) == uses
    assert found.complete
    assert not found.unread


def test_each_finding_has_its_lines():
    for label in LABELS:
        length = len((LABELLED / label["file"]).read_text(encoding="utf-8").splitlines())
        found = said(label["file"])
        for finding in (*found.used, *found.unexplained):
            assert finding.lines, (label["file"], finding)
            assert all(1 <= line <= length for line in finding.lines)
    (cache,) = (each for each in said("60.py").used if each.what == "score_cache")
    assert {44, 46} <= set(cache.lines), "the look-up and the score"


def test_names_comments_and_docstrings_make_no_difference():
    """The same programs with every name of their own replaced, and without comments and docstrings."""

    class Renamed(ast.NodeTransformer):
        def __init__(self, own):
            self.own = own

        def visit_Name(self, node):
            node.id = self.own.get(node.id, node.id)
            return node

        def visit_arg(self, node):
            node.arg = self.own.get(node.arg, node.arg)
            return node

        def visit_FunctionDef(self, node):
            self.generic_visit(node)
            if ast.get_docstring(node) is not None and len(node.body) > 1:
                del node.body[0]
            return node

    tried = 0
    for label in LABELS:
        tree = ast.parse((LABELLED / label["file"]).read_text(encoding="utf-8"))
        if any(isinstance(node, (ast.ClassDef, ast.Nonlocal, ast.Global, ast.keyword)) and (
            not isinstance(node, ast.keyword) or node.arg not in _PLAIN
        ) for node in ast.walk(tree)):  # fmt: skip
            continue  # keywords and fields would have to be renamed with care
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        own = {name: f"beam_annealing_{number}" for number, name in enumerate(sorted(stored))}
        renamed = ast.unparse(ast.fix_missing_locations(Renamed(own).visit(tree)))
        assert strategies_of(renamed).names == said(label["file"]).names, label["file"]
        tried += 1
    assert tried > 20


def test_the_built_in_improvers():
    found = {name: strategies_of(find_improver(name)).labels for name in improver_names()}
    assert found == {
        "seed": (), "best_of_n": (), "chain_of_thought": (), "greedy": ("local_search", "reflection"),
    }  # fmt: skip


def test_the_improvers_of_the_recorded_demonstration():
    ledger = Ledger(DEMONSTRATION, new=False)
    try:
        texts = {each["improver"]: ledger.program(each["improver"]).text for each in ledger.iterations()}
    finally:
        ledger.close()
    found = [strategies_of(text) for text in texts.values()]
    assert [each.labels for each in found] == [
        (), ("genetic_model", "hints", "local_search", "early_stopping", "reflection", "ensemble"),
    ]  # fmt: skip
    assert all(each.complete for each in found)


IMPROVER = HEAD + "def improve_algorithm(s, u, m):\n"
_NESTED = IMPROVER + "".join(f"{'    ' * (i + 1)}for a{i} in s:\n" for i in range(18)) + "    " * 19
_CYCLE = "class A: pass\nclass B(A): pass\nclass A(B): pass\n"


@pytest.mark.parametrize(
    "text",
    [
        "", "\0", "\ud800", "def", "x = 1", "(" * 5000 + ")" * 5000, IMPROVER + "    return " + "-" * 20_000 + "1\n",
        IMPROVER + "    return s" + ".a" * 20_000, IMPROVER + "    return " + " + ".join(["s"] * 20_000),
        _NESTED + "s = u(m.prompt('', s)[0])",
        IMPROVER + "    return f0(s, u, m)\n"
        + "".join(f"def f{i}(s, u, m):\n    return f{i + 1}(s, u, m) + f{i + 1}(s, u, m)\n" for i in range(40))
        + "def f40(s, u, m):\n    return m.prompt('', s)[0]\n",
        IMPROVER + "    l = []\n    l.append(l)\n    while u(l):\n        l = [l, l, (l, l)]\n    return str(l)\n",
        IMPROVER + "    t = (s, s)\n    while u(t):\n        t = (t, t)\n    return t\n",
        IMPROVER + "    def f(x):\n        return f(x) or improve_algorithm(x, f, f)\n    return f(s)\n",
        _CYCLE + IMPROVER + "    a = A()\n    a.a = a\n    return a.a.b(a)\n",
        IMPROVER + "    a, *b = s\n    *c, d = m(*b, **a)\n    [x, [y, *z]] = b\n    return u(*a, **{'k': b})\n",
        IMPROVER + "    del s\n    global z\n    z = s\n    return (yield z)\n", "#" * (MOST_CHARACTERS + 1),
        IMPROVER + "    match s:\n        case [a, *b]: return a\n        case {'x': y, **z}: pass\n    return s\n",
    ],
    ids=range(19),
)  # fmt: skip
def test_hostile_texts_are_judged_or_refused(text):
    found = strategies_of(text)
    assert set(found.names) <= set(STRATEGIES)
    if "def improve_algorithm" not in text:
        assert found.unread


def test_what_is_too_much_is_said():
    text = (
        IMPROVER
        + "".join(f"{'    ' * (i + 1)}for a{i} in s:\n" for i in range(18))
        + "    " * 19
        + "s = u(s)"
    )
    assert not strategies_of(text).complete
    assert "longer than" in strategies_of("#" * (MOST_CHARACTERS + 1)).unread


_PIECES = [
    "s = u(s)", "m.prompt('', s)", "extract_code(m.prompt('', str(x))[0])", "x = [s]", "x.append(x)", "x = x, x",
    "x.sort(key=u)", "x = max(x, key=u)", "del x[0]", "x[s] = x", "x += s", "s, x = x, s", "x = {s: x}", "x.y = x",
    "f = lambda *a, **k: f(*a)", "x = f(x)", "x = [f(y) for y in x if u(y)]", "return x", "yield x", "import random",
    "x = random.choice(x)", "x = x[random.random():]", "x = ''.join(x)", "x = s.split(x)", "global x", "assert x, s",
]  # fmt: skip
_HEADS = [
    "if u(s) > u(x):",
    "for x in x:",
    "while u(s):",
    "try:",
    "with x as s:",
    "def f(x=s, *a, **k):",
    "class f(f):",
]


@st.composite
def odd_programs(draw, depth=0):
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        if depth < 3 and draw(st.booleans()):
            head = draw(st.sampled_from(_HEADS))
            lines += [head, *("    " + line for line in draw(odd_programs(depth + 1)))]
            if head == "try:":
                lines += ["except Exception as s:", "    " + draw(st.sampled_from(_PIECES))]
        else:
            lines.append(draw(st.sampled_from(_PIECES)))
    return lines


@given(odd_programs())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_odd_programs_raise_nothing(lines):
    found = strategies_of(IMPROVER + "    x = []\n" + "".join(f"    {line}\n" for line in lines))
    assert set(found.names) <= set(STRATEGIES)


def test_hash_seeds_make_no_difference():
    program = (
        "import pathlib, sys; from selftaught.strategies import strategies_of\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.py')): print(strategies_of(path.read_text('utf-8')))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program, str(LABELLED)], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in "012"
    }  # fmt: skip
    assert len(told) == 1
