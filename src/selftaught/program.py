"""A program's text and its fingerprint; finding the code in a model's answer; diffs.

:func:`extract_code` is also what a jailed program imports from ``helpers``, so this module is light: the
standard library only, and what is heavy is imported where it is used. It reads untrusted text, and runs none.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, overload

from selftaught.errors import InputError

__all__ = ["Program", "diff", "extract_code"]


@dataclass(frozen=True, eq=False)
class Program:
    """The text of a program. Programs with the same fingerprint are the same program.

    ``name`` is what a person calls it, where it has one: it makes no difference.
    """

    text: str
    name: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits: 64 bits of BLAKE2b of the text.

        What Python itself doesn't see makes no difference: the kind of the line ends, and white space after
        the last line. Everything else does, comments included: models read them, and a program may.
        """
        # Text from a model may hold half a surrogate pair, which plain UTF-8 refuses.
        return blake2b(self.normal.rstrip().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    @property
    def normal(self) -> str:
        """The text in the one form that all programs of this fingerprint share: with one line end at its end."""
        return _newlines(self.text).rstrip() + "\n"

    def __eq__(self, other: object) -> bool:
        return self.fingerprint == other.fingerprint if isinstance(other, Program) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def lacks(self, function: str) -> str:
        """Why running this program cannot give a function of this name; "" where it may. Nothing is run."""
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(self.text)
        except SyntaxError as problem:
            return f"is no Python ({problem.msg}, line {problem.lineno})"
        except (ValueError, MemoryError, RecursionError):
            return ""  # null characters, nesting deeper than the parser goes: what comes of it is seen when it runs
        if not _bound(_at_top(tree)).isdisjoint({function, "*"}):
            return ""
        for node in ast.walk(tree):
            if isinstance(node, ast.Global) or (isinstance(node, ast.Name) and node.id in _BINDING):
                return ""  # one cannot tell
        return f"defines no {function}"

    @classmethod
    def read(cls, path: str | Path) -> Program:
        """Read a program from a UTF-8 file, with or without a byte order mark.

        Raises
        ------
        InputError
            If there is no such file, it is a folder, it may not be read, or it is not UTF-8 text.
        """
        try:
            return cls(_newlines(Path(path).read_bytes().decode("utf-8-sig")))
        except FileNotFoundError:
            raise InputError(f"There is no file {str(path)!r}; give the path of a Python program.") from None
        except IsADirectoryError:
            raise InputError(f"{str(path)!r} is a folder; give the path of a Python program in it.") from None
        except UnicodeDecodeError as error:
            mend = "save the program as UTF-8 text"
            raise InputError(f"{str(path)!r} is not UTF-8 at byte {error.start}; {mend}.") from None
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            cause = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"{str(path)!r} cannot be read ({cause}); give a readable Python program."
            ) from None


@overload
def extract_code(answer: str) -> str | None: ...
@overload
def extract_code(answer: list[Any] | tuple[Any, ...]) -> list[str | None]: ...
@overload
def extract_code(answer: object) -> str | list[str | None] | None: ...
def extract_code(answer: object) -> str | list[str | None] | None:
    r"""Find the program in what a model wrote.

    Parameters
    ----------
    answer : str or list of str
        One answer, or several. What is neither holds no code.

    Returns
    -------
    str or None, or a list of them
        The program, without the fence, its indentation, blank lines before and white space after it; line
        ends are ``\n``. None where there is no code. For a list, one entry an answer. Nothing is ever raised.

    Notes
    -----
    A block ends at the first fence that is not inside one of its own strings, so a prompt in a triple-quoted
    string may hold fences. Among several blocks:

    - one that parses and defines a function or class goes before any other;
    - of two that define the same, the later one wins: models revise downwards, and end with what they mean;
    - a later one that defines only part of an earlier one, is a stub, or leaves code out ("# ...") explains;
    - one that uses what an earlier one defines, or the reverse, is a second part of it if both only declare
      things, and they are joined; if it acts, defines nothing, or is named like a test, it is an example and
      is left out;
    - of two that share nothing, the longer one wins.

    Where none parses, the longest Python block is given as it is: a syntax error is an outcome that a scorer
    reports. Without any fence, the longest run of lines that parses and defines or imports something is the
    program. What stands in ``<think>`` tags at the beginning is not part of the answer.

    The time is linear in the length: what is read again and parsed is at most six times the answer, and 100,000
    characters more. Ordinary answers need less than half of that.
    """
    if isinstance(answer, str):
        text = _without_thoughts(_newlines(answer).removeprefix("\ufeff"))
        return _Reader(budget=6 * len(text) + 100_000).program(text)
    if isinstance(answer, (list, tuple)):
        return [extract_code(one) if isinstance(one, str) else None for one in answer]
    return None


def diff(old: str, new: str, old_name: str = "a", new_name: str = "b") -> str:
    r"""Return what changed, as a unified diff with three lines of context; "" if nothing did.

    Lines end with ``\n`` as Python counts them; whether the last one does is not shown.
    """
    import difflib

    before, after = (_newlines(text).removesuffix("\n").split("\n") for text in (old, new))
    return "".join(
        f"{line}\n" for line in difflib.unified_diff(before, after, old_name, new_name, lineterm="")
    )


def _newlines(text: str) -> str:
    """Line ends as Python's own reader sees them."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


_THOUGHTS = re.compile(r"\s*<(think|thinking|thought|reasoning)>(?:.*?</\1>)?", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHTS = re.compile(r"^[ \t]*</think(?:ing)?>[ \t]*$", re.MULTILINE | re.IGNORECASE)


def _without_thoughts(text: str) -> str:
    """Cut what was thought before the answer; a tag that is never closed is cut alone."""
    if opened := _THOUGHTS.match(text):
        return text[opened.end() :]
    # Some chat templates open the tag in the prompt, so that an answer only closes it.
    closed = _END_OF_THOUGHTS.search(text)
    return text[closed.end() :] if closed and "<think" not in text[: closed.start()].lower() else text


# Reading: where blocks begin and end ------------------------------------------------------------------------

_OPENER = re.compile(r"^(?P<lead>[^\n]*?)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)
_LIST_OR_QUOTE = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t>]*+)?")
_PYTHON_TAG = re.compile(
    r"[ \t]*+\{?+[ \t.]*+(?:(?:i?python|py|sage)[\d.]*|python-?code|pyi|tool_code|[\w./-]*\.py)"
    r"(?![\w-])[ \t}]*",
    re.IGNORECASE,
)
_BEGINS_CODE = re.compile(r"(?:from|import|def|class|async|#)[ \t]+\S|@\w")
# No possessive quantifier on a group: before Python 3.11.5 it could match too little (gh-106052).
_LEXEME = re.compile(
    r"""
      \\.                                       # a backslash takes the next character with it
    | \#[^\n]*                                  # a comment
    | (?P<triple>\"{3}|'{3})
    | "[^"\\\n]*(?:\\.[^"\\\n]*)*" | '[^'\\\n]*(?:\\.[^'\\\n]*)*'
    | (?P<ticks>`{3,})
    | ^[ \t]*(?P<tildes>~{3,})[ \t]*$
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_TRIPLE_END = {
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''", re.DOTALL),
}
_FENCE_LINE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})", re.MULTILINE)


class _Reader:
    """Reads one answer. It keeps count of what was read and parsed, so that the time is linear."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._error_line = 0

    def program(self, text: str) -> str | None:
        first = _FENCE_LINE.search(text)
        return _choose(list(self._blocks(text))) or self._unfenced(text[: first.start()] if first else text)

    def _blocks(self, text: str, depth: int = 0) -> Iterator[_Block]:
        endless: set[str] = set()  # the triple quotes that nothing below closes
        at = 0
        if not depth and _STARTS_RUN.match(text.lstrip("\n")):
            # Code without any fence; or an answer that goes on behind the fence that its prompt ended with.
            end, after = self._close(text, 0, "```", endless)
            code = _unindented(text[:end])
            tree = self._parse(code)
            if tree and _defines(tree):
                yield _Block.of(_without_last_words(code, tree), "python", tree)
                at = after
        while self._budget > 0 and (opener := _OPENER.search(text, at)):
            fence, info = opener["fence"], opener["info"]
            tag = _PYTHON_TAG.match(info)
            only_tag = tag is not None and tag.end() == len(info)
            if not _LIST_OR_QUOTE.fullmatch(opener["lead"]) and not (only_tag and fence[0] == "`"):
                at = opener.end()
                continue
            behind_tag = info[tag.end() :] if tag else info.lstrip()
            begins_here = fence in info or _BEGINS_CODE.match(behind_tag) is not None
            start = opener.end() - (len(behind_tag) if begins_here else 0)
            end, at = self._close(text, start, fence, endless)
            code = _unindented(text[start:end], quoted=">" in opener["lead"])
            tree = self._parse(code)
            if tree is None and end == len(text):
                code, tree = self._before_prose(code)
            if tree is None and (inner := _FENCE_LINE.search(text, start, end)):
                if inner["fence"].startswith(fence):
                    # Quotes that don't balance may have hidden the true end: read on from the first fence.
                    _, at = _fence_bounds(text, inner.start("fence"), inner.end())
                elif not tag and depth < 3:
                    yield from self._blocks(text[start:end], depth + 1)
                    continue
            if code:
                language = "python" if tag else "other" if info.strip() and not begins_here else ""
                yield _Block.of(code, language, tree)

    def _close(self, text: str, start: int, fence: str, endless: set[str]) -> tuple[int, int]:
        """Return where the content that starts here ends, and where to read on."""
        at = start
        while lexeme := _LEXEME.search(text, at):
            at = lexeme.end()
            if quotes := lexeme["triple"]:
                string = None if quotes in endless else _TRIPLE_END[quotes].match(text, at)
                if string is None:  # no Python, or cut short: strings say nothing then
                    endless.add(quotes)
                    self._budget -= at - start
                    return self._close_blindly(text, start, fence)
                at = string.end()
            elif (found := lexeme["ticks"] or lexeme["tildes"]) and found.startswith(fence):
                self._budget -= at - start
                return _fence_bounds(text, at - len(lexeme[0].lstrip()), at)
        self._budget -= len(text) - start
        return len(text), len(text)

    def _close_blindly(self, text: str, start: int, fence: str) -> tuple[int, int]:
        for line in _FENCE_LINE.finditer(text, start):
            if line["fence"].startswith(fence):
                return _fence_bounds(text, line.start("fence"), line.end())
        return len(text), len(text)

    def _parse(self, code: str) -> ast.Module | None:
        """Return the syntax tree of text with at least one statement, or None."""
        self._error_line = 0
        self._budget -= len(code) + 50
        if self._budget < 0:
            return None
        # Odd escapes make the parser warn. One filter for this file name alone, put back when somebody took
        # it away, is safe among threads; warnings.catch_warnings is not.
        if not warnings.filters or warnings.filters[0] != _QUIET:
            warnings.filterwarnings("ignore", module=_QUIET_PATTERN)
        try:
            tree = compile(code, _ANSWER, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as error:
            self._error_line = error.lineno or 0
            return None
        except (ValueError, MemoryError, RecursionError, OverflowError, SystemError):
            return None  # null characters, lone surrogates, and nesting deeper than the parser goes
        return tree if isinstance(tree, ast.Module) and tree.body else None

    # Code without a fence around it.

    def _unfenced(self, text: str) -> str | None:
        code = _unindented(text)
        tree = self._parse(code)
        if tree and _is_substantial(tree):
            return _without_last_words(code, tree)
        lines = text.split("\n")
        best, at, tries = "", 0, 0
        while at < len(lines) and tries < 16:
            if _STARTS_RUN.match(lines[at]) and (
                lines[at][0] not in " \t" or at == 0 or not lines[at - 1].strip()
            ):
                tries += 1
                end, run, tree = self._run(lines, at)
                if tree and _is_substantial(tree) and _declares(tree) and len(run) > len(best):
                    best = run
                at = max(end, at + 1)
            else:
                at += 1
        if best:
            return best
        broken = next((i for i, line in enumerate(lines) if _DEFINITION.match(line)), None)
        if broken is None:
            return None
        while broken and (_STARTS_RUN.match(lines[broken - 1]) or not lines[broken - 1].strip()):
            broken -= 1
        return "\n".join(lines[broken:]).strip("\n").rstrip()

    def _before_prose(self, code: str) -> tuple[str, ast.Module | None]:
        """Cut the prose that follows the code of a block without an end."""
        _, run, tree = self._run(code.split("\n"), 0)
        return (run, tree) if tree else (code, None)

    def _run(self, lines: list[str], start: int) -> tuple[int, str, ast.Module | None]:
        """Return the end, the code and the tree of the longest run of lines from ``start`` that parses.

        There is none if what follows it looks like code too: then the program is broken or cut short there,
        and its first part would pass for the whole.
        """
        margin = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
        end = start + 1
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith(margin)):
            end += 1
        for _ in range(12):
            while end > start and not lines[end - 1].strip():
                end -= 1
            code = _unindented("\n".join(lines[start:end]))
            tree = self._parse(code)
            if tree:
                rest = next((line for line in lines[end:] if line.strip()), "")
                if _GOES_ON.match(rest) and (not margin or rest.startswith(margin)):
                    break
                return end, _without_last_words(code, tree), tree
            end = min(start + self._error_line - 1, end - 1) if self._error_line else end - 1
            if end <= start:
                break
        return start + 1, "", None


_ANSWER = "<answer of a model>"
_QUIET_PATTERN = re.escape(_ANSWER)
_QUIET = ("ignore", None, Warning, re.compile(_QUIET_PATTERN), 0)  # as warnings.filterwarnings keeps it

_SURE_CODE = (
    r"(?:async[ \t]+)?def[ \t]+\w+[ \t]*[\[(] | class[ \t]+\w+[ \t]*[\[(:] | @\w"
    r"| import[ \t]+[\w.]+[ \t]*(?:$|,|as\b) | from[ \t]+[\w.]+[ \t]+import\b"
)
_STARTS_RUN = re.compile(
    rf"""[ \t]*(?:{_SURE_CODE}) | \#!? | \"{{3}} | '{{3}} | [A-Za-z_]\w*[ \t]*(?::[^=\n]+)?=[^=]""",
    re.VERBOSE | re.MULTILINE,
)
_GOES_ON = re.compile(
    rf"""{_SURE_CODE} | [ \t] | [)\]}}] | (?:async[ \t]+)?(?:def|class)[ \t] | return\b
    | (?:if|for|while|with|try|else|elif|except|finally)\b.*:[ \t]*$
    | [\w.\[\]]+[ \t]*[-+*/|&%]?=[^=] | [\w.]+\(""",
    re.VERBOSE,
)
_DEFINITION = re.compile(r"(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]")


def _fence_bounds(text: str, fence: int, end: int) -> tuple[int, int]:
    """Return where the content before this fence ends, and where to read on.

    A fence that begins its line and has a tag opens the next block, and so it is read again.
    """
    line = text.rfind("\n", 0, fence) + 1
    if text[line:fence].strip(" \t>"):
        return fence, end
    next_line = text.find("\n", end)
    tagged = _PYTHON_TAG.fullmatch(text, end, len(text) if next_line < 0 else next_line)
    return line, line if tagged else end


def _unindented(text: str, quoted: bool = False) -> str:
    """Take off what the first line is indented by, blank lines before, and white space after."""
    lines = text.split("\n")
    if quoted:
        lines = [re.sub(r"^[ \t]*>[ \t]?", "", line) for line in lines]
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if first < len(lines) and lines[first].strip().lower() in {"python", "py", "python3"}:
        first += 1  # a tag on a line of its own
    lines = lines[first:]
    if not lines:
        return ""
    margin = len(lines[0]) - len(lines[0].lstrip(" \t"))
    if margin:
        lines = [line[min(margin, len(line) - len(line.lstrip(" \t"))) :] for line in lines]
    return "\n".join(lines).strip("\n").rstrip()


def _is_substantial(tree: ast.Module) -> bool:
    """Whether this is code: "Hello", "Note: this" and "pass" parse too."""
    code = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign)
    blocks = (ast.AugAssign, ast.For, ast.While, ast.If, ast.With, ast.Try)
    return any(isinstance(statement, code + blocks) for statement in tree.body)


def _declares(tree: ast.Module) -> bool:
    """Whether it defines something, or imports something and goes on."""
    imports = [isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in tree.body]
    return bool(_defines(tree)) or (any(imports) and not all(imports))


def _without_last_words(code: str, tree: ast.Module) -> str:
    """Cut what parses at the end but says nothing, such as "Done" or "Note: this"."""
    end = len(tree.body)
    while end and _is_word(tree.body[end - 1]):
        end -= 1
    if end == len(tree.body) or end == 0 or tree.body[end].lineno == tree.body[end - 1].end_lineno:
        return code
    return "\n".join(code.split("\n")[: tree.body[end].lineno - 1]).rstrip()


def _is_word(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Name)


# Choosing: which of the blocks is the program ---------------------------------------------------------------

_LEFT_OUT = re.compile(r"^[ \t]*#[ \t]*(?:\.\.\.|…)", re.MULTILINE)
_LOOKS_LIKE_PYTHON = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+.*:)", re.MULTILINE
)
_TEST_NAME = re.compile(
    r"_*(?:tests?(?:_|$)|Test|\w+Tests?$|\w+TestCase$|main$|demo|example|benchmark|run_tests?|run_example)"
)
_MOST_BLOCKS = 256  # the last ones; what they are compared with grows with their number
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__file__"}


@dataclass(frozen=True)
class _Block:
    """Code between fences, and what must be known of it to choose; the sets are empty if it doesn't parse."""

    code: str
    language: str  # "python"; "" if the fence doesn't say; "other"
    parses: bool = False
    defines: frozenset[str] = frozenset()  # functions and classes at its top
    entries: frozenset[str] = frozenset()  # those of them that no other of them uses
    binds: frozenset[str] = frozenset()  # all names at its top
    lacks: frozenset[str] = frozenset()  # names that it uses and binds nowhere
    only_declares: bool = False  # nothing happens when it is loaded
    is_sketch: bool = False
    is_test: bool = False

    @classmethod
    def of(cls, code: str, language: str, tree: ast.Module | None) -> _Block:
        if tree is None:
            return cls(code, language)
        nodes = list(ast.walk(tree))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        bound = _bound(nodes)
        defines = _defines(tree)
        lacks = frozenset() if "*" in bound else frozenset(used - bound - _ALWAYS_THERE)
        tests_another = "def test" in code and bool(lacks)
        return cls(
            code,
            language,
            parses=True,
            defines=defines,
            entries=_entries(tree, defines),
            binds=_bound(list(_at_top(tree))),
            lacks=lacks,
            only_declares=all(_is_declaration(statement) for statement in tree.body),
            is_sketch=_LEFT_OUT.search(code) is not None or _is_stub(tree),
            is_test=bool(defines) and (tests_another or all(map(_TEST_NAME.match, defines))),
        )

    def joined(self, other: _Block) -> _Block:
        """Return the program of which these two are parts."""
        defines, binds = self.defines | other.defines, self.binds | other.binds
        lacks = self.lacks | other.lacks
        return _Block(
            f"{self.code}\n\n\n{other.code}",
            self.language,
            parses=True,
            defines=defines,
            entries=(self.entries | other.entries) - lacks or defines,
            binds=binds,
            lacks=lacks - binds,
            only_declares=self.only_declares and other.only_declares,
            is_sketch=self.is_sketch or other.is_sketch,
            is_test=self.is_test and other.is_test,
        )


def _choose(blocks: list[_Block]) -> str | None:
    """Return the code that is most likely the program, or None if no block holds any."""
    best: _Block | None = None
    for block in blocks[-_MOST_BLOCKS:]:
        if block.parses and (block.defines or block.language == "python" or "import" in block.code):
            best = _better(best, block) if best else block
    if best and best.defines:
        return best.code
    broken = [block for block in blocks if not block.parses and not block.code.startswith(">>>")]
    defining = [b.code for b in broken if b.language != "other" and _LOOKS_LIKE_PYTHON.search(b.code)]
    if defining:  # its error says more than an example that parses
        return max(defining, key=len)
    if best:
        return best.code
    tagged = [b.code for b in broken if b.language == "python"]
    assigning = [b.code for b in blocks if b.binds and b.language != "other"]
    return max(tagged, key=len, default=None) or next(reversed(assigning), None)


def _better(old: _Block, new: _Block) -> _Block:
    """Return the program so far after one more block was read, by the rules of :func:`extract_code`."""
    needs, serves = bool(new.lacks & old.binds), bool(old.lacks & new.binds)
    joins = old.only_declares and new.only_declares and "__future__" not in new.code
    if not old.defines:  # imports, or ideas
        return old.joined(new) if joins and needs else new
    if not new.defines:
        return old.joined(new) if joins and serves and not new.lacks & old.defines else old
    if old.is_test != new.is_test:
        return old if new.is_test else new
    if old.entries <= new.defines:
        if new.is_sketch and len(new.code) < len(old.code):
            return old
        return old.joined(new) if joins and needs and not old.is_sketch else new
    if new.defines <= old.defines:
        return old
    if needs or serves:
        return old.joined(new) if joins else old
    return new if len(new.code) >= len(old.code) else old


_BINDING = ("exec", "globals", "vars")  # what binds names that are not seen
_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _defines(tree: ast.Module) -> frozenset[str]:
    """Names of the functions and classes at the top, ``f = lambda ...`` among them."""
    names = {node.name for node in tree.body if isinstance(node, _DEFINING)}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return frozenset(names)


def _entries(tree: ast.Module, defines: frozenset[str]) -> frozenset[str]:
    """Return the definitions that no other uses, tests and demonstrations aside; all if they go in a circle."""
    program = {name for name in defines if not _TEST_NAME.match(name)} or defines
    used: set[str] = set()
    for node in tree.body:
        if isinstance(node, _DEFINING) and node.name in program:
            names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            used |= names - {node.name}
    return frozenset(program - used or program)


def _at_top(tree: ast.Module) -> Iterator[ast.AST]:
    """Walk the nodes that can bind a name at the top: not what is inside functions and classes."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_DEFINING, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def _bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that these nodes themselves bind; "*" if one of them imports whatever there is."""
    names: set[str | None] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            names.add(node.id if isinstance(node.ctx, ast.Store) else None)
        elif isinstance(node, (*_DEFINING, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.MatchMapping):
            names.add(node.rest)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    return frozenset(name for name in names if name)


def _is_declaration(statement: ast.stmt) -> bool:
    declarations = (*_DEFINING, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.If, ast.Try)
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, declarations)


def _is_stub(tree: ast.Module) -> bool:
    """Whether every function only says that there is one."""
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    nothing = (ast.Pass, ast.Raise)
    return bool(functions) and all(
        isinstance(statement, nothing)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for function in functions
        for statement in function.body
    )
