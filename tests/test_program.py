"""Programs, fingerprints, diffs, and the code in what models really write."""

import os
import subprocess
import sys
import threading
import time
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from selftaught.errors import InputError
from selftaught.program import Program, diff, extract_code

PROGRAM = """\
import random


def algorithm(t, dist):
    return "".join(random.choice("AB") for _ in t)"""

HELPER = """\
def distance(s, t):
    return sum(a != b for a, b in zip(s, t))"""

BETTER = """\
def algorithm(t, dist):
    return t[:dist] + "A" * (len(t) - dist)"""

IMPROVER = '''\
from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    """Improves a solution."""
    message = f"""Improve the following solution:
```python
{initial_solution}
```

You will be evaluated with this score function:
```python
{utility.str}
```

Answer with a fenced block:

```
def algorithm(...):
    ...
```
"""
    answers = language_model.batch_prompt("You are an expert.", [message] * 4, temperature=0.7)
    return max(extract_code(answers), key=utility)'''

USES_COMMENT_FENCE = """\
def strip(text):
    # models wrap code in ```python ... ``` fences
    return text.replace("```python", "").replace('```', "")  # "``` is a fence"""

CUT_SHORT = """\
def algorithm(t, dist):
    best = t
    for _ in range(100):
        candidate = mutate(best"""

NO_COLON = """\
def algorithm(t, dist)
    return t"""

TOOLS = """\
import numpy as np

def score(x):
    return np.sum(x)"""

MAIN = """\
def algorithm(x):
    return max(x, key=score)"""

WHOLE = f"{TOOLS}\n\n\n{MAIN}"

TESTS = """\
import pytest

def test_it():
    assert algorithm("A", 0) == "A\""""

TEST_CASE = """\
import unittest

class AlgorithmTest(unittest.TestCase):
    def test_it(self):
        self.assertEqual(algorithm("A", 0), "A")"""

DEMO = """\
def main():
    print(algorithm("A", 0))

main()"""


def fenced(code, tag="python", fence="```"):
    return f"{fence}{tag}\n{code}\n{fence}"


ANSWERS = {
    # one block
    "python": (f"Here is it.\n\n{fenced(PROGRAM)}\n\nIt is random.", PROGRAM),
    "py": (fenced(PROGRAM, "py"), PROGRAM),
    "Python3": (fenced(PROGRAM, "Python3"), PROGRAM),
    "space before the tag": (fenced(PROGRAM, " python "), PROGRAM),
    "{python}": (fenced(PROGRAM, "{python}"), PROGRAM),
    "{.python .numberLines}": (fenced(PROGRAM, "{.python .numberLines}"), PROGRAM),
    "title": (fenced(PROGRAM, 'python title="solution.py"'), PROGRAM),
    "a file's name": (fenced(PROGRAM, "python:src/solution.py"), PROGRAM),
    "only a file's name": (fenced(PROGRAM, "solution.py"), PROGRAM),
    "tool_code": (fenced(PROGRAM, "tool_code"), PROGRAM),
    "no tag": (f"Sure!\n{fenced(PROGRAM, '')}", PROGRAM),
    "tag on its own line": (fenced("python\n" + PROGRAM, ""), PROGRAM),
    "mistaken tag": (fenced(PROGRAM, "javascript"), PROGRAM),
    "tildes": (fenced(PROGRAM, "python", "~~~"), PROGRAM),
    "five ticks": (fenced(PROGRAM, "python", "`````"), PROGRAM),
    "CRLF": (fenced(PROGRAM).replace("\n", "\r\n"), PROGRAM),
    "old Macintosh": (fenced(PROGRAM).replace("\n", "\r"), PROGRAM),
    "byte order mark": ("\ufeff" + fenced(PROGRAM), PROGRAM),
    "blank lines": (fenced(f"\n\n{PROGRAM}\n\n  \n"), PROGRAM),
    "fence after prose": (f"The improved solution:```python\n{PROGRAM}\n```", PROGRAM),
    "code on the fence's line": (
        "```import math\ndef f(x):\n    return math.pi\n```",
        "import math\ndef f(x):\n    return math.pi",
    ),
    "code after the tag": ("```python def f(x):\n    return x\n```", "def f(x):\n    return x"),
    "one line": ("```python def f(x): return x```", "def f(x): return x"),
    "fence behind the code": (f"```python\n{BETTER}```\nDone.", BETTER),
    "no function": ("```python\nimport math\nprint(math.pi)\n```", "import math\nprint(math.pi)"),
    "lambda": ("```python\nalgorithm = lambda t, dist: t\n```", "algorithm = lambda t, dist: t"),
    "odd escapes": (
        '```python\ndef f(s):\n    return s.split("\\d")\n```',
        'def f(s):\n    return s.split("\\d")',
    ),
    "tabs": ("```python\ndef f(x):\n\treturn x\n```", "def f(x):\n\treturn x"),
    # indentation
    "list item": ("1. First:\n\n" + "\n".join("   " + line for line in fenced(PROGRAM).split("\n")), PROGRAM),
    "fence behind a bullet": ("- ```python\n  def f(x):\n      return x\n  ```", "def f(x):\n    return x"),
    "quoted": ("\n".join("> " + line for line in fenced(BETTER).split("\n")), BETTER),
    "only the code": (
        "```python\n" + "\n".join("    " + line for line in BETTER.split("\n")) + "\n```",
        BETTER,
    ),
    "only the fences": (f"  ```python\n{PROGRAM}\n  ```", PROGRAM),
    # fences inside
    "improver": (f"Idea: ask again.\n\n{fenced(IMPROVER)}\n\nThis works because `max` does.", IMPROVER),
    "improver, no tag": (fenced(IMPROVER, ""), IMPROVER),
    "improver in four ticks": (fenced(IMPROVER, "python", "````"), IMPROVER),
    "improver in tildes": (fenced(IMPROVER, "python", "~~~"), IMPROVER),
    "improver, unclosed": (f"```python\n{IMPROVER}", IMPROVER),
    "improver, no fence": (IMPROVER, IMPROVER),
    "improver, then a test": (
        fenced(IMPROVER) + "\nTry it:\n" + fenced("print(improve_algorithm('', u, m))"),
        IMPROVER,
    ),
    "idea, then improver": (
        fenced("scores = [utility(s) for s in pool]") + "\n\n" + fenced(IMPROVER),
        IMPROVER,
    ),
    "fences in comments and strings": (fenced(USES_COMMENT_FENCE), USES_COMMENT_FENCE),
    "nested in markdown, four ticks": (
        fenced(f"# Answer\n{fenced(PROGRAM)}\nend", "markdown", "````"),
        PROGRAM,
    ),
    "nested in markdown, three ticks": (fenced(f"# Answer\n{fenced(PROGRAM)}\nend", "markdown"), PROGRAM),
    "nested in tildes": (fenced(f"Answer:\n{fenced(PROGRAM)}", "", "~~~"), PROGRAM),
    # several blocks
    "idea, program, use": (
        fenced("x = sorted(items)") + fenced(PROGRAM).join("\n\n") + fenced("print(algorithm('A', 1))"),
        PROGRAM,
    ),
    "revisions": (f"{fenced(PROGRAM)}\nBetter:\n{fenced(BETTER)}", BETTER),
    "original, then improved": (f"Original:\n{fenced(PROGRAM)}\nImproved:\n{fenced(IMPROVER)}", IMPROVER),
    "three revisions": (fenced(PROGRAM) + fenced(MAIN).join("\n\n") + fenced(BETTER), BETTER),
    "sketch, then program": (fenced("def algorithm(t, dist):\n    ...") + "\n" + fenced(PROGRAM), PROGRAM),
    "program, then signature": (fenced(PROGRAM) + "\n" + fenced("def algorithm(t, dist):\n    ..."), PROGRAM),
    "program, then one that leaves out": (
        fenced(PROGRAM) + "\nor\n" + fenced("def algorithm(t, dist):\n    # ... as before\n    return t"),
        PROGRAM,
    ),
    "program, then part of it": (fenced(WHOLE) + "\nThe key:\n" + fenced(TOOLS), WHOLE),
    "program, then part of it without imports": (
        fenced(WHOLE) + "\nThe key:\n" + fenced("def score(x):\n    return np.sum(x)"),
        WHOLE,
    ),
    "constants after": (
        fenced("def algorithm(t):\n    return t[:WIDTH]") + "\nwith\n" + fenced("WIDTH = 3"),
        "def algorithm(t):\n    return t[:WIDTH]\n\n\nWIDTH = 3",
    ),
    "idea that hides a builtin": (fenced("zip = 0") + "\n" + fenced(HELPER), HELPER),
    "program, then tests": (fenced(PROGRAM) + "\nTests:\n" + fenced(TESTS), PROGRAM),
    "idea, then program and tests": (
        fenced("def sort_all(x):\n    return sorted(x)") + "\n" + fenced(f"{PROGRAM}\n\n{TESTS}"),
        f"{PROGRAM}\n\n{TESTS}",
    ),
    "program and tests, then a revision": (fenced(f"{PROGRAM}\n\n{TESTS}") + "\n" + fenced(BETTER), BETTER),
    "program, then a test case": (fenced(PROGRAM) + "\n" + fenced(TEST_CASE), PROGRAM),
    "program, then a fixture": (
        fenced(PROGRAM) + "\n" + fenced("def make():\n    return 'A'\n\n" + TESTS.replace('"A"', "make()")),
        PROGRAM,
    ),
    "tests, then program": (
        fenced("def test_it():\n    assert algorithm('A', 0)") + "\n" + fenced(PROGRAM),
        PROGRAM,
    ),
    "program, then a main": (fenced(PROGRAM) + "\n" + fenced(DEMO), PROGRAM),
    "two parts": (f"First:\n{fenced(TOOLS)}\nThen:\n{fenced(MAIN)}", f"{TOOLS}\n\n\n{MAIN}"),
    "two parts, main first": (f"First:\n{fenced(MAIN)}\nThen:\n{fenced(TOOLS)}", f"{MAIN}\n\n\n{TOOLS}"),
    "two parts, then use": (
        f"{fenced(TOOLS)}\n{fenced(MAIN)}\n{fenced('print(algorithm([[1], [2]]))')}",
        f"{TOOLS}\n\n\n{MAIN}",
    ),
    "imports apart": (
        fenced("import random") + "\n" + fenced("def algorithm(t):\n    return random.choice(t)"),
        "import random\n\n\ndef algorithm(t):\n    return random.choice(t)",
    ),
    "revision that relies on imports": (
        fenced(TOOLS) + "\nUpdated:\n" + fenced("def score(x):\n    return np.max(x)"),
        TOOLS + "\n\n\ndef score(x):\n    return np.max(x)",
    ),
    "a longer one that shares nothing": (
        fenced("def trick(a):\n    return a") + "\n" + fenced(PROGRAM),
        PROGRAM,
    ),
    "a shorter one that shares nothing": (
        fenced(PROGRAM) + "\n" + fenced("def trick(a):\n    return a"),
        PROGRAM,
    ),
    "no end before the next": (f"```python\n{PROGRAM}\nBetter:\n```python\n{BETTER}\n```", BETTER),
    "broken quotes, then program": (
        fenced('def f():\n    """Oh\n    return 1') + "\n" + fenced(PROGRAM),
        PROGRAM,
    ),
    "whole, then cut short": (f"{fenced(PROGRAM)}\nBetter:\n```python\n{CUT_SHORT}", PROGRAM),
    # other languages
    "bash first": (fenced("pip install numpy", "bash") + "\n" + fenced(PROGRAM), PROGRAM),
    "bash first, no tags": (fenced("$ pip install numpy", "") + "\n" + fenced(PROGRAM, ""), PROGRAM),
    "output after": (fenced(PROGRAM) + "\nprints\n" + fenced("[1, 2, 3]", ""), PROGRAM),
    "json after": (fenced(PROGRAM) + "\n" + fenced('{"score": 0.9, "x": [1, 2]}', "json"), PROGRAM),
    "settings after": (fenced(PROGRAM) + "\n" + fenced("alpha = 0.9\nbeta = 2", "toml"), PROGRAM),
    "session after": (fenced(PROGRAM) + "\n" + fenced(">>> algorithm('A', 1)\n'B'"), PROGRAM),
    "only settings": (fenced("alpha = 0.9\nbeta = 2", "toml"), None),
    "only a session": (fenced(">>> algorithm('A', 1)\n'B'"), None),
    "only json": (fenced('{"score": 0.9}', "json"), None),
    "only bash": ("Run\n" + fenced("pip install numpy", "bash"), None),
    "only javascript": (fenced("function f(x) {\n  return x;\n}", "js"), None),
    "only c++": (fenced("class A {\n public:\n  int f();\n};", "cpp"), None),
    "only a diff": (
        fenced("--- a\n+++ b\n@@ -1,2 +1,2 @@\n def f(x):\n-    return x\n+    return 2", "diff"),
        None,
    ),
    "only output": (fenced("42", ""), None),
    # what doesn't parse
    "syntax error": (f"Here:\n{fenced(NO_COLON)}", NO_COLON),
    "syntax error, no tag": (fenced(NO_COLON, ""), NO_COLON),
    "syntax error, then use": (fenced(NO_COLON) + "\n" + fenced("print(algorithm(1, 2))"), NO_COLON),
    "cut short": (f"Here:\n```python\n{CUT_SHORT}", CUT_SHORT),
    "cut short, no fence": (CUT_SHORT, CUT_SHORT),
    "cut short in the second function": (
        f"```python\n{HELPER}\n\n\n{CUT_SHORT}",
        f"{HELPER}\n\n\n{CUT_SHORT}",
    ),
    "two with errors": (fenced("x = = 1") + "\n" + fenced(NO_COLON), NO_COLON),
    "null character": (fenced("def f():\n    return '\0'"), "def f():\n    return '\0'"),
    # unclosed, or half a fence
    "unclosed": (f"Here:\n```python\n{PROGRAM}", PROGRAM),
    "unclosed, line end": (f"```\n{PROGRAM}\n", PROGRAM),
    "unclosed, then prose": (f"```python\n{PROGRAM}\n\nThis doesn't use `dist`. It's random.", PROGRAM),
    "only the end": (f"{PROGRAM}\n```\nThis is random.", PROGRAM),
    "only the end, then use": (f"{PROGRAM}\n```\nUse:\n```python\nprint(algorithm('A', 1))\n```", PROGRAM),
    # no fence
    "bare": (PROGRAM + "\n", PROGRAM),
    "prose before": (f"Here is my solution:\n\n{PROGRAM}\n", PROGRAM),
    "prose around": (f"Here's my solution.\n\n{PROGRAM}\n\nIt's random (see above).\nDone.", PROGRAM),
    "one word after": (f"{PROGRAM}\n\nDone", PROGRAM),
    "markdown by indentation": (
        "So:\n\n" + "\n".join("    " + line for line in BETTER.split("\n")) + "\n\nThat is all.",
        BETTER,
    ),
    "html": (f'<pre><code class="language-python">\n{PROGRAM}\n</code></pre>', PROGRAM),
    "tags": (f"<solution>\n{PROGRAM}\n</solution>", PROGRAM),
    "tags around a fence": (f"<answer>\n{fenced(PROGRAM)}\n</answer>", PROGRAM),
    # thoughts
    "think": (f"<think>\nMaybe\n{fenced(BETTER)}\nno.\n</think>\n\n{fenced(PROGRAM)}", PROGRAM),
    "think, opened in the prompt": (f"Maybe\n{fenced(BETTER)}\n</think>\n{fenced(PROGRAM, '')}", PROGRAM),
    "think, bare": (f"<think>x = 1</think>{PROGRAM}", PROGRAM),
    "only thoughts": (f"<think>{fenced(BETTER)}</think>", None),
    "thoughts without an end": (f"<think>\n{fenced(BETTER)}", BETTER),
    "a program about thoughts": (
        fenced('import re\ndef f(x):\n    return re.sub("<think>.*?</think>", "", x)'),
        'import re\ndef f(x):\n    return re.sub("<think>.*?</think>", "", x)',
    ),
    # nothing
    "empty": ("", None),
    "white space": (" \n\t\n", None),
    "one word": ("Hello", None),
    "annotation": ("Note: this", None),
    "prose": ("I cannot do that. Import your data from the file, and define what class it is.", None),
    "refusal with a list": ("I'm sorry:\n\n- it is long\n- it isn't safe\n", None),
    "inline code": ("Use `x = 1` or ```y``` there.", None),
    "empty block": ("```python\n```", None),
    "only a fence": ("```", None),
    "only a tag": ("```python", None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_program_is_found(name):
    answer, expected = ANSWERS[name]
    assert expected == extract_code(answer)


def test_a_list_gives_a_list():
    assert extract_code([fenced(PROGRAM), "no", fenced(BETTER)]) == [PROGRAM, None, BETTER]
    assert extract_code((None, [fenced(PROGRAM)])) == [None, None]
    assert extract_code([]) == []


@pytest.mark.parametrize("answer", [None, 3, b"```python\nx = 1\n```", {"a": 1}, 0.5, object()])
def test_what_is_no_text_holds_no_code(answer):
    assert extract_code(answer) is None


ANYTHING = st.text(st.characters(exclude_categories=()))
TRIPLES = ["'''", '"""']
PIECES = r"``` ```` ~~~ python bash ' \ # ( ) [ - > 1. ... @f def class import return {a} <think> </think>"
STRANGE = '\n|\r\n|\n\n|\r|    | |\t|\f|\0|\ud800|\u2028|"|def f(x):\n|    return x\n'
ANSWER = st.lists(st.sampled_from([*PIECES.split(), *TRIPLES, *STRANGE.split("|")]), max_size=60).map("".join)


@settings(deadline=None, max_examples=150)
@given(st.one_of(ANYTHING, ANSWER))
@example("-" * 100_000 + "1")
@example("```python\n" + "(" * 5000)
@example("```python\nx = " + "1+" * 50_000 + "1\n```")
@example("```python\n" + "\n".join(" " * i + "if 1:" for i in range(200)))
@example("```python\nx = " + "9" * 10_000 + "\n```")
@example("def f():\n    return '\ud800'\n")
def test_nothing_is_raised_and_what_is_found_is_found_again(answer):
    code = extract_code(answer)
    assert code is None or (code.strip() and "\r" not in code)
    if code is not None and "```" not in code and "~~~" not in code and "def f" in code and parses(code):
        assert code == extract_code(f"Here:\n```python\n{code}\n```\n")


def parses(code):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "", "exec", 1024)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
    return code.lstrip("\n \t") == code


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from([PROGRAM, IMPROVER, USES_COMMENT_FENCE, BETTER]),
    st.sampled_from(["python", "py", "", "Python3", "{python}"]),
    st.text("abc .,\n*#", max_size=40),
    st.text("abc .,\n*-", max_size=40),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_fenced_program_is_found_whatever_stands_around_it(code, tag, before, after, end):
    assert code == extract_code(f"{before}\n{fenced(code, tag)}\n{after}".replace("\n", end))


HOSTILE = {
    "blocks": "```python\ndef f(x):\n    return x\n```\n" * 15_000,
    "broken blocks": "```python\ndef f(x)\n    return x\n```\n" * 15_000,
    "fences": "```\n" * 100_000,
    "tagged fences": "```python\n" * 50_000,
    "open strings": "```python\nx = \"\"\"\n```\ny = '''\n" * 15_000,
    "escaped quotes": "```python\n" + '\\"""' * 100_000,
    "one long line": "```python\n" + "\"'" * 200_000,
    "ticks": "`" * 400_000,
    "blank lines": "\n" * 400_000,
    "blank lines in a block": "```python" + "\n" * 400_000,
    "hidden fences": "```\n" + "'''\n```\n'''\n" * 60_000 + '"""',
    "shrinking fences": "".join("`" * n + "\n" for n in range(800, 2, -1)),
    "spaces": " " * 400_000 + "x```",
    "spaces in a tag": "```" + " " * 400_000 + "x",
    "starts": "import os\nno code\n" * 20_000,
    "definitions": "def f(x):\n    return (\n" * 20_000,
    "prose": 'It\'s a "word" (or two).\n' * 20_000,
    "thoughts": "<think>" * 60_000,
    "nested lists": "- " * 200_000 + "```",
    "names": "```python\n"
    + "\n```\n```python\n".join(f"def f{i}():\n    return f{i + 1}()" for i in range(35_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_answer_takes_long(name):
    before = time.process_time()
    extract_code(HOSTILE[name])
    assert time.process_time() - before < 8  # quadratic ones take minutes


def test_odd_escapes_neither_warn_nor_change_what_warns():
    answer = fenced('def f(s):\n    return s.split("\\d")')
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert extract_code(answer)
        compile('"\\d"', "elsewhere", "exec")
    assert [warning.filename for warning in seen] == ["elsewhere"]


def test_threads_may_extract_at_once():
    answer = fenced('def f(s):\n    return s.split("\\d")')
    found = []
    threads = [threading.Thread(target=lambda: found.extend(extract_code([answer] * 50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    assert {extract_code(answer)} == set(found)


def test_fingerprint():
    assert len(Program(PROGRAM).fingerprint) == 16
    assert int(Program("").fingerprint, 16) >= 0
    assert Program("x = 1\n").fingerprint == "59705646f73aad2b"  # recorded: ledgers keep fingerprints


@pytest.mark.parametrize(
    "same", ["x = 1\ny = 2", "x = 1\ny = 2\n\n", "x = 1\r\ny = 2\r\n", "x = 1\ry = 2", "x = 1\ny = 2  \n"]
)
def test_programs_that_python_reads_alike_are_the_same(same):
    assert Program("x = 1\ny = 2\n") == Program(same)
    assert len({Program("x = 1\ny = 2\n"), Program(same)}) == 1


@pytest.mark.parametrize(
    "other", ["x = 1\ny = 3", "x = 1\n\ny = 2", " x = 1\ny = 2", "x = 1 \ny = 2", "x = 1\ny = 2 # two", ""]
)
def test_other_programs_are_others(other):
    assert Program("x = 1\ny = 2\n") != Program(other)


def test_a_program_is_no_text_and_does_not_change():
    program = Program("x = 1")
    assert program != "x = 1"
    with pytest.raises(AttributeError):
        program.text = "x = 2"


@given(ANYTHING)
def test_any_text_has_a_fingerprint(text):
    assert Program(text).fingerprint == Program(text + "\n").fingerprint


def test_read(tmp_path):
    path = tmp_path / "program.py"
    path.write_bytes("\ufeffx = 'ü'\r\n".encode())
    assert Program.read(path).text == "x = 'ü'\n"
    assert Program.read(str(path)) == Program("x = 'ü'\n")


def test_what_cannot_be_read_is_told_in_one_line(tmp_path):
    latin = tmp_path / "latin.py"
    latin.write_bytes(b"x = '\xfc'\n")
    for path, cause in [
        (tmp_path / "none.py", "no file"),
        (tmp_path, "folder"),
        (latin, "not UTF-8 at byte 5"),
        (latin / "x.py", "cannot be read"),
        ("a\0b", "cannot be read"),
        (tmp_path / ("x" * 400), "cannot be read"),
    ]:
        with pytest.raises(InputError, match=cause) as error:
            Program.read(path)
        assert "\n" not in str(error.value)
        assert repr(str(path)) in str(error.value)


def test_diff():
    assert diff("x = 1\n", "x = 1") == ""
    assert diff("x = 1\r\n", "x = 1\n") == ""
    assert (
        diff("x = 1\ny = 2\n", "x = 1\ny = 3\n") == "--- a\n+++ b\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n"
    )
    assert diff("a", "b", "I0.py", "I1.py").startswith("--- I0.py\n+++ I1.py\n")
    assert "-a\fb\n+a\f\n" in diff("a\fb", "a\f")  # a form feed ends no line


def test_the_module_is_light():
    code = "import sys, selftaught.program as p; p.extract_code('```\\nx = 1\\n```'); print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert {"difflib", "numpy", "subprocess", "asyncio", "selftaught.jail"}.isdisjoint(run.stdout.split())
