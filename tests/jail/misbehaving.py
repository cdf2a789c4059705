# ruff: noqa: E501  programs read better with each in one line
"""Programs that misbehave in ordinary ways, and what has to come of each: a table, one family after another."""

import re
import textwrap
from dataclasses import dataclass
from typing import Any

from selftaught.budget import Limits

PLENTY = Limits(cpu_s=5, wall_s=20, memory_mb=192)
LITTLE_TIME = Limits(cpu_s=0.05, wall_s=20, memory_mb=192)
LITTLE_WALL = Limits(cpu_s=5, wall_s=0.05, memory_mb=192)
LITTLE_MEMORY = Limits(cpu_s=5, wall_s=20, memory_mb=48)
UNCHECKED = object()


@dataclass(frozen=True)
class Case:
    """``program.f(*args)`` ends with one of ``status`` ("a|b") and a cause like ``cause``, or gives ``value``."""

    name: str
    source: str
    status: str = "error"
    cause: str = ""
    value: Any = UNCHECKED
    args: tuple = ()
    limits: Limits = PLENTY
    output: str = ""

    def __str__(self):
        return self.name


CASES: list[Case] = []


def whole(name, source, status="error", cause="", **rest):
    """A whole program."""
    CASES.append(Case(name, textwrap.dedent(source).strip("\n"), status, cause, **rest))


def body(name, source, status="error", cause="", **rest):
    """The body of ``f()``."""
    inner = textwrap.indent(textwrap.dedent(source).strip("\n"), "    ")
    CASES.append(Case(name, f"def f():\n{inner}", status, cause, **rest))


def gives(name, value, source, **rest):
    """The body of an ``f()`` that misbehaves and is right all the same."""
    body(name, source, "ok", value=value, **rest)


def refused(name, cause, expression, before="pass"):
    """What ``f()`` returns may not cross."""
    body(f"returns {name}", f"{before}\nreturn {expression}", "refused", cause)


# --- exceptions ----------------------------------------------------------------------------------------------------

for expression, cause in (
    ("1 / 0", r"ZeroDivisionError: division by zero \(line 2\)"),
    ("[][1]", r"IndexError: list index out of range \(line 2\)"),
    ("{}['k']", r"KeyError: 'k' \(line 2\)"),
    ("undefined", r"NameError: name 'undefined' is not defined \(line 2\)"),
    ("None.x", r"AttributeError: 'NoneType' object has no attribute 'x' \(line 2\)"),
    ("'a' + 1", r"TypeError: can only concatenate"),
    ("int('x')", r"ValueError: invalid literal"),
    ("2.0 ** 5000", r"OverflowError"),
    ("next(iter(()))", r"StopIteration"),
    ("'\\ud800'.encode()", r"UnicodeEncodeError"),
    ("b'\\xff'.decode()", r"UnicodeDecodeError"),
    ("eval('1 +')", r"SyntaxError: invalid syntax"),
    ("__import__('numpy').linalg.inv([[0.0]])", r"LinAlgError: Singular matrix"),
    ("__import__('numpy').zeros(3) + __import__('numpy').zeros(4)", r"ValueError: operands could not be"),
    ("__import__('json').loads('{')", r"JSONDecodeError"),
):
    body(f"raises by {expression}", f"return {expression}", cause=cause)

for statement, cause in (
    ("raise Exception", r"^Exception:? *\(line 2\)"),
    ("raise NotImplementedError", r"NotImplementedError"),
    ("assert 1 == 2, 'not equal'", r"AssertionError: not equal \(line 2\)"),
    ("raise KeyboardInterrupt", r"KeyboardInterrupt"),
    ("raise GeneratorExit", r"GeneratorExit"),
    ("raise SystemExit", r"SystemExit: the program exited"),
    ("raise SystemExit(0)", r"SystemExit: the program exited \(0\)"),
    ("exit()", r"exited|NameError"),
    ("quit(3)", r"exited|NameError"),
    ("import sys; sys.exit('no more')", r"SystemExit: the program exited \(no more\)"),
    ("raise ExceptionGroup('several', [ValueError(1), TypeError(2)])", r"ExceptionGroup: several"),
    ("raise BaseExceptionGroup('base', [KeyboardInterrupt()])", r"BaseExceptionGroup: base"),
    ("raise ValueError('x' * 10**6)", r"ValueError: x{300}"),
    ("raise ValueError('first\\nsecond')", r"ValueError: first second \(line 2\)"),
    ("raise ValueError('\\ud800 half')", r"ValueError: . half"),
    ("raise ValueError('\\x00 null')", r"ValueError: \x00 null"),
    ("raise 'a string'", r"TypeError: exceptions must derive"),
    ("raise ValueError('outer') from KeyError('inner')", r"ValueError: outer"),
    ("raise MemoryError", None),
    ("raise RecursionError('by hand')", r"RecursionError: by hand"),
    ("raise BlockingIOError(11, 'again')", r"BlockingIOError"),
    ("raise TimeoutError('by hand')", r"TimeoutError: by hand"),
    ("import warnings; warnings.simplefilter('error'); warnings.warn('loud')", r"UserWarning: loud"),
):
    body(f"runs {statement[:60]}", statement, "memory" if cause is None else "error", cause or "MemoryError")

whole(
    "raises at import",
    "raise ValueError('too early')\ndef f(): return 1",
    cause=r"ValueError: too early \(line 1\)",
)
whole("exits at import", "import sys\nsys.exit(0)\ndef f(): return 1", cause="SystemExit: the program exited")
whole("recurses at import", "def g(): return g()\ng()\ndef f(): return 1", cause="RecursionError")
whole(
    "raises what has no words",
    """
    class Evil(Exception):
        def __str__(self): raise ValueError("no words")
        __repr__ = __str__
    def f(): raise Evil()
    """,
    cause="an exception that cannot be described",
)
whole(
    "raises what exits when described",
    """
    import os
    class Evil(Exception):
        def __str__(self): raise SystemExit(3)
    def f(): raise Evil()
    """,
    cause="cannot be described",
)
whole(
    "raises what describes itself as a number",
    "class Evil(Exception):\n    def __str__(self): return 5\ndef f(): raise Evil()",
    cause="cannot be described",
)
whole(
    "raises what takes for ever to describe",
    """
    class Evil(Exception):
        def __str__(self):
            while True: pass
    def f(): raise Evil()
    """,
    "timeout",
    "CPU time",
    limits=LITTLE_TIME,
)
whole(
    "raises what claims to be a subclass of str",
    """
    class Words(str):
        def split(self, *a): raise SystemExit
        def encode(self, *a): return 5
    class Evil(Exception):
        def __str__(self): return Words("hidden words")
    def f(): raise Evil()
    """,
    cause=r"cannot be described|hidden words",
)
whole(
    "raises what has an evil metaclass",
    """
    class Meta(type):
        @property
        def __name__(cls): raise SystemExit
        def __instancecheck__(cls, x): raise SystemExit
    class Evil(BaseException, metaclass=Meta): pass
    def f(): raise Evil()
    """,
    cause="Evil|cannot be described|exited",
)
whole(
    "raises in a generator",
    "def g():\n    yield 1\n    raise ValueError('in the generator')\ndef f(): return list(g())",
    cause=r"in the generator \(line 3\)",
)
whole(
    "raises StopIteration in a generator",
    "def g():\n    yield 1\n    raise StopIteration\ndef f(): return list(g())",
    cause="RuntimeError: generator raised StopIteration",
)
whole(
    "raises when deleted",
    "class D:\n    def __del__(self): raise ValueError('in __del__')\ndef f():\n    D()\n    return 1",
    "ok",
    value=1,
    output="in __del__",
)
body(
    "raises in finally",
    "try:\n    return 1\nfinally:\n    raise ValueError('finally')",
    cause="ValueError: finally",
)
body(
    "raises a chain of a thousand",
    """
    problem = ValueError("deepest")
    for i in range(1000):
        try:
            raise ValueError(str(i)) from problem
        except ValueError as raised:
            problem = raised
    raise problem
    """,
    cause="ValueError: 999",
)
gives(
    "swallows everything",
    "went on",
    """
    try:
        raise KeyboardInterrupt
    except BaseException:
        return "went on"
    """,
)

# --- loops, sleep --------------------------------------------------------------------------------------------------

for name, source in (
    ("a Python loop", "while True: pass"),
    (
        "a loop that catches everything",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    ),
    ("a sum without end, in C", "import itertools\nreturn sum(itertools.count())"),
    ("a deque without end, in C", "import collections, itertools\ncollections.deque(itertools.count(), 0)"),
    ("a regular expression's catastrophe", "import re\nreturn bool(re.match('(a+)+$', 'a' * 60 + 'b'))"),
    ("NumPy", "import numpy as np\nx = np.ones(10**6)\nwhile True: x = np.sqrt(x)"),
    ("big integers", "return len(str(7 ** 10**8))"),
    (
        "sorting what is never smaller",
        """
        class Odd:
            def __lt__(self, other):
                while True: pass
        sorted([Odd(), Odd()])
        """,
    ),
    ("system calls", "import os\nwhile True: os.getppid()"),
    ("a recursion of two to the thirty", "g = lambda n: 0 if n == 0 else g(n - 1) + g(n - 1)\nreturn g(30)"),
    (
        "signals to itself that restart it",
        """
        import signal
        for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True: pass
        """,
    ),
    (
        "threads",
        """
        import threading
        def burn():
            while True: pass
        for _ in range(4): threading.Thread(target=burn).start()
        burn()
        """,
    ),
):
    body(f"loops in {name}", source, "timeout", r"CPU time: more than 0\.05 s", limits=LITTLE_TIME)
whole("loops at import", "while True: pass\ndef f(): return 1", "timeout", "CPU time", limits=LITTLE_TIME)
whole(
    "loops when compiled",
    "def f(): return " + "1" + " << 1" * 40 + "\nx = " + "9**" * 8 + "9",
    "timeout|memory|error",
    limits=LITTLE_TIME,
)

for name, source in (
    ("sleeps", "import time\ntime.sleep(10**6)"),
    ("sleeps again and again", "import time\nwhile True: time.sleep(0.001)"),
    (
        "waits for a lock that it holds",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    ),
    ("waits for an event", "import threading\nthreading.Event().wait()"),
    ("waits for a signal", "import signal\nsignal.pause()"),
    ("waits for a queue", "import queue\nqueue.Queue().get()"),
    (
        "joins a thread that never ends",
        """
        import threading
        thread = threading.Thread(target=threading.Event().wait)
        thread.start()
        thread.join()
        """,
    ),
    (
        "waits for itself",
        "import asyncio\nasyncio.run(asyncio.sleep(10**6)) if hasattr(asyncio, 'x') else __import__('time').sleep(10**6)",
    ),
    ("selects on nothing", "import select\nselect.select([], [], [])"),
    ("stops itself", "import os, signal, time\nos.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(10**6)"),
):
    body(name, source, "timeout|error", r"wall time: more than 0\.05 s|PermissionError", limits=LITTLE_WALL)

# --- recursion, memory ---------------------------------------------------------------------------------------------

whole("recurses without end", "def f(): return f()", cause=r"RecursionError: maximum recursion depth")
whole(
    "recurses in repr",
    "class R:\n    def __repr__(self): return repr(self)\ndef f(): return repr(R())",
    cause="RecursionError",
)
whole(
    "recurses in getattr",
    "class R:\n    def __getattr__(self, n): return getattr(self, n)\ndef f(): return R().x",
    cause="RecursionError",
)
whole(
    "recurses with the limit lifted",
    "import sys\nsys.setrecursionlimit(2**31 - 1)\ndef f(): return f()",
    "memory|killed|timeout|error",
    "MemoryError|SIGSEGV|CPU time|exited|RecursionError|SystemError",
    limits=Limits(cpu_s=0.5, wall_s=20, memory_mb=24),
)
whole(
    "recurses in C with the limit lifted",
    """
    import sys
    sys.setrecursionlimit(2**31 - 1)
    class R:
        def __repr__(self): return repr([self])
    def f(): return repr(R())
    """,
    "memory|killed|timeout|error",
    "MemoryError|SIGSEGV|CPU time|exited|RecursionError|SystemError",
    limits=Limits(cpu_s=0.5, wall_s=20, memory_mb=24),
)
body(
    "nests 10,000 lists",
    "x = []\nfor _ in range(10_000): x = [x]\nreturn x",
    "refused",
    "nested deeper than 64",
)
body("compiles a nest", "return eval('(' * 300 + ')' * 300)", "error|memory", "SyntaxError|MemoryError")
for name, source in (
    ("one piece", "return len(bytearray(2**33))"),
    ("many pieces", "x = []\nwhile True: x.append(bytearray(4096))"),
    ("a list that doubles", "x = [0]\nwhile True: x += x"),
    ("a string that doubles", "x = 'x'\nwhile True: x += x"),
    ("a NumPy array", "import numpy as np\nreturn np.ones(2**32).sum()"),
    ("many NumPy arrays", "import numpy as np\nx = []\nwhile True: x.append(np.ones(10**5))"),
    ("a dict", "x = {}\nwhile True: x[len(x)] = [len(x)]"),
    ("a power", "return 1 << 2**34"),
    ("a memory map", "import mmap\nreturn len(mmap.mmap(-1, 2**32))"),
    ("a range made a list", "return len(list(range(10**10)))"),
    ("formatting", "return len('%0*d' % (2**31 - 1, 1))"),
    ("permutations", "import itertools\nreturn len(list(itertools.permutations(range(14))))"),
):
    body(
        f"takes memory by {name}",
        source,
        "memory|error",
        "MemoryError|OSError|ENOMEM|Cannot allocate",
        limits=LITTLE_MEMORY,
    )
gives(
    "recovers from a lack of memory",
    "went on",
    """
    x = []
    try:
        while True: x.append(bytearray(2**20))
    except MemoryError:
        x.clear()
    return "went on"
    """,
    limits=LITTLE_MEMORY,
)

# --- results that may not cross --------------------------------------------------------------------------------------

for name, cause, expression in (
    ("an object", "foreign type: object", "object()"),
    ("a function", "foreign type: function", "lambda: 1"),
    ("a generator", "foreign type: generator", "(i for i in range(3))"),
    ("a set", "foreign type: set", "{1, 2}"),
    ("a frozenset", "foreign type: frozenset", "frozenset()"),
    ("a range", "foreign type: range", "range(3)"),
    ("a dict's keys", "foreign type: dict_keys", "{}.keys()"),
    ("a map", "foreign type: map", "map(int, '12')"),
    ("a class", "foreign type: type", "int"),
    ("a module", "foreign type: module", "__import__('math')"),
    ("a complex number", "foreign type: complex", "1j"),
    ("a fraction", "foreign type: Fraction", "__import__('fractions').Fraction(1, 2)"),
    ("a decimal", "foreign type: Decimal", "__import__('decimal').Decimal(1)"),
    ("a date", "foreign type: date", "__import__('datetime').date(2020, 1, 1)"),
    ("an ellipsis", "foreign type: ellipsis", "..."),
    ("a slice", "foreign type: slice", "slice(1)"),
    ("an exception", "foreign type: ValueError", "ValueError()"),
    ("a memoryview", "foreign type: memoryview", "memoryview(b'ab')"),
    ("a buffer", "foreign type: BytesIO", "__import__('io').BytesIO()"),
    ("a deque", "foreign type: deque", "__import__('collections').deque([1])"),
    ("an array of the standard library", "foreign type: array", "__import__('array').array('d', [1])"),
    ("an object in a list", "foreign type: object", "[1, [2, object()]]"),
    ("NaN", "not finite: nan", "float('nan')"),
    ("infinity", "not finite: inf", "float('inf')"),
    ("minus infinity in a dict", "not finite: -inf", "{'a': [-float('inf')]}"),
    ("NumPy's NaN", "not finite: nan", "__import__('numpy').float64('nan')"),
    ("an array with NaN", "an array that is not finite", "__import__('numpy').array([1, float('nan')])"),
    ("a complex array with infinity", "an array that is not finite", "__import__('numpy').array([1j * float('inf')])"),
    ("an integer of 64 bits", "more than 63 bits", "2**63"),
    ("a very negative integer", "more than 63 bits", "-2**63"),
    ("a huge integer", "more than 63 bits", "10**4000"),
    ("NumPy's largest integer", "more than 63 bits", "__import__('numpy').uint64(2**64 - 1)"),
    ("a dict with integers as keys", "a dict with a key of type int", "{1: 2}"),
    ("a dict with None as a key", "a dict with a key of type NoneType", "{None: 2}"),
    ("a dict with a tuple as a key", "a dict with a key of type tuple", "{(1, 2): 2}"),
    ("an array of objects", "an array of object", "__import__('numpy').array([None, {}])"),
    ("an array of strings", "an array of <U1", "__import__('numpy').array(['a', 'b'])"),
    ("an array of dates", "an array of datetime64", "__import__('numpy').array(['2020'], dtype='datetime64[D]')"),
    ("a structured array", "foreign type: an array of", "__import__('numpy').zeros(2, dtype=[('a', int)])"),
    ("a NumPy void", "foreign type: void", "__import__('numpy').zeros(2, dtype=[('a', int)])[0]"),
    ("a NumPy date", "foreign type: datetime64", "__import__('numpy').datetime64('2020')"),
    ("a large string", "too large: .* of at most 16,777,216", "'x' * (2**24 + 1)"),
    ("large bytes", "too large", "bytes(2**24 + 1)"),
    ("a large array", "too large: an array of", "__import__('numpy').zeros(2**22)"),
    ("many small arrays", "too large", "[__import__('numpy').zeros(2**18)] * 9"),
    ("a long list", "a list of more than 1,048,576 items", "[0] * (2**20 + 1)"),
    ("65 lists in each other", "nested deeper than 64", "__import__('functools').reduce(lambda x, _: [x], range(80), 0)"),
):  # fmt: skip
    refused(name, cause, expression)
refused("a list that holds itself", "cyclic: a container that holds itself", "x", "x = []\nx.append(x)")
refused("a dict that holds itself", "cyclic", "x", "x = {}\nx['x'] = [x]")
refused("a tuple that holds itself", "cyclic", "x", "y = []\nx = (y,)\ny.append(x)")
refused("an instance", "foreign type: Thing", "Thing()", "class Thing: pass")
refused("a wide broadcast", "too large", "np.broadcast_to(1.0, (2**20, 2**10))", "import numpy as np")
refused(
    "what raises when read",
    "cannot be read: KeyError",
    "L()",
    "class L(list):\n    def __iter__(self): raise KeyError\n    def __len__(self): return 1",
)
refused(
    "what exits when read",
    "cannot be read: SystemExit",
    "L()",
    "class L(list):\n    def __iter__(self): raise SystemExit\n    def __len__(self): return 1",
)
refused(
    "a dict that lies about its items",
    "cannot be read|cannot cross",
    "L()",
    "class L(dict):\n    def items(self): return 5",
)
refused(
    "a number whose conversion raises",
    "cannot cross",
    "F()",
    "class F(float):\n    def __float__(self): raise ValueError",
)
body(
    "returns a list without end",
    "class L(list):\n    def __iter__(self):\n        while True: yield 1\nreturn L()",
    "memory|timeout|refused",
    limits=Limits(cpu_s=0.5, wall_s=20, memory_mb=32),
)
whole("returns a coroutine", "async def f(): return 1", "refused", "foreign type: coroutine")
whole("is a generator", "def f(): yield 1", "refused", "foreign type: generator")

# --- results that cross, stripped to what may -------------------------------------------------------------------------

_NUMPY = "import numpy as np\n"
for name, value, source in (
    ("nothing", None, "pass"),
    ("a subclass of int", 5, "class I(int): pass\nreturn I(5)"),
    ("a subclass of str", "five", "class S(str):\n    def __str__(self): return 'six'\nreturn S('five')"),
    ("a subclass of bytes", b"five", "class B(bytes): pass\nreturn B(b'five')"),
    ("a subclass of float", 0.5, "class F(float): pass\nreturn F(0.5)"),
    ("a subclass of list", [1, 2], "class L(list): pass\nreturn L([1, 2])"),
    ("a subclass of tuple", (1, 2), "class T(tuple): pass\nreturn T((1, 2))"),
    ("a subclass of dict", {"a": 1}, "class D(dict): pass\nreturn D(a=1)"),
    ("an ordered dict", {"b": 1, "a": 2}, "import collections\nreturn collections.OrderedDict(b=1, a=2)"),
    ("a counter", {"a": 2}, "import collections\nreturn collections.Counter('aa')"),
    ("a default dict", {"a": []}, "import collections\nx = collections.defaultdict(list)\nx['a']\nreturn x"),
    ("a named tuple", (1, 2), "import collections\nreturn collections.namedtuple('P', 'x y')(1, 2)"),
    ("an integer enumeration", 2, "import enum\nreturn enum.IntEnum('E', 'a b').b"),
    ("a string enumeration", "a", "import enum\nclass E(enum.StrEnum): a = 'a'\nreturn E.a"),
    ("a bytearray", b"ab", "return bytearray(b'ab')"),
    ("NumPy's float", 0.5, _NUMPY + "return np.float32(0.5)"),
    ("NumPy's integer", 7, _NUMPY + "return np.uint8(7)"),
    ("NumPy's bool", True, _NUMPY + "return np.bool_(True)"),
    ("NumPy's string", "a", _NUMPY + "return np.str_('a')"),
    ("the largest integer", 2**63 - 1, "return 2**63 - 1"),
    ("half a surrogate pair", "\ud800", "return '\\ud800'"),
    ("a null character", "a\0b", "return 'a\\0b'"),
    ("64 lists in each other", None, "x = None\nfor _ in range(60): x = [x]\nreturn x"),
    ("a deep tuple", None, "x = None\nfor _ in range(60): x = (x,)\nreturn x"),
):  # fmt: skip
    gives(f"returns {name}", UNCHECKED if "each other" in name or "deep" in name else value, source)
for name, shape, source in (
    ("a matrix", (1, 2), "np.matrix([[1, 2]])"),
    ("a masked array", (2,), "np.ma.masked_array([1, 2], [True, False])"),
    ("a record array", None, "np.rec.array([(1, 2)], dtype=[('a', int), ('b', int)])"),
    ("a subclass of array", (2,), "np.zeros(2).view(type('A', (np.ndarray,), {}))"),
    ("an array of other byte order", (2,), "np.zeros(2, dtype='>f8')"),
    ("a transposed array", (3, 2), "np.zeros((2, 3)).T"),
    ("a strided array", (5,), "np.zeros(10)[::2]"),
    ("a complex array", (2,), "np.array([1j, 2])"),
    ("an array of half precision", (2,), "np.zeros(2, dtype=np.float16)"),
    ("an array of long doubles", (2,), "np.zeros(2, dtype=np.longdouble)"),
    ("an array without dimensions", (), "np.array(3.5)"),
    ("an empty array", (0, 3), "np.zeros((0, 3))"),
    ("an array that may not be written", (3,), "np.broadcast_to(1.0, 3)"),
):
    if shape is None:
        refused(name, "foreign type: an array of", source, _NUMPY)
    else:
        body(f"returns {name}", f"{_NUMPY}return {source}", "ok", value=shape)

# --- no such function, not a program ----------------------------------------------------------------------------------

whole("defines another function", "def g(): return 1", cause="the program has no function 'f'")
whole("defines nothing", "", cause="the program has no function 'f'")
whole("is a comment", "# f", cause="the program has no function 'f'")
whole("is white space", "  \n\t\n", cause="no function 'f'")
whole("deletes its function", "def f(): return 1\ndel f", cause="no function 'f'")
whole("binds the name to a number", "f = 5", cause="defines, but not as a function, 'f'")
whole("binds the name to None", "f = None", cause="no function 'f'|not as a function")
whole(
    "takes more arguments",
    "def f(a, b): return 1",
    cause=r"TypeError: f\(\) missing 1 required.*'b'",
    args=(1,),
)
whole(
    "takes fewer arguments",
    "def f(): return 1",
    cause="takes 0 positional arguments but 1 was given",
    args=(1,),
)
whole("takes only keywords", "def f(*, a): return 1", cause="takes 0 positional arguments", args=(1,))
whole("is a class", "class f:\n    pass", "refused", "foreign type: f")
whole(
    "has a module's getattr",
    "def __getattr__(name): raise SystemExit(4)",
    cause="SystemExit: the program exited",
)
for name, text, cause in (
    ("a parenthesis unclosed", "def f(:\n    return 1", "SyntaxError"),
    ("a bracket never closed", "def f():\n    return [1", r"SyntaxError: '\[' was never closed.*line 2"),
    ("a string unclosed", "def f(): return 'abc", "SyntaxError: unterminated string literal"),
    ("a triple-quoted string unclosed", 'def f(): return """abc', "SyntaxError: unterminated triple-quoted"),
    ("no indentation", "def f():\nreturn 1", "IndentationError: expected an indented block"),
    ("too much indentation", "def f():\n    x = 1\n      return x", "IndentationError: unexpected indent"),
    ("mixed tabs and spaces", "def f():\n\tif 1:\n        return 1", "TabError|IndentationError"),
    ("a null byte", "def f(): return 1\0", "SyntaxError: source code.*null bytes|ValueError"),
    ("return outside a function", "return 1", "SyntaxError: 'return' outside function"),
    ("await outside a function", "await x", "SyntaxError"),
    ("Python 2", "def f(): print 1", "SyntaxError: Missing parentheses"),
    ("a Markdown fence", "```python\ndef f(): return 1\n```", "SyntaxError"),
    ("prose", "Here is the improved program:", "SyntaxError"),
    ("a merge conflict", "<<<<<<< HEAD\ndef f(): return 1\n=======", "SyntaxError"),
    (
        "a byte order mark inside",
        "def f():\n    return \ufeff1",
        "SyntaxError: invalid non-printable character",
    ),
    ("a curly quote", "def f(): return \u201cabc\u201d", "SyntaxError: invalid character"),
    ("half a surrogate pair", "def f(): return '\ud800'", "UnicodeEncodeError|SyntaxError"),
    ("an unknown encoding's cookie", "# -*- coding: klingon -*-\ndef f(): return 2", None),
    ("another encoding's cookie", "# -*- coding: latin-1 -*-\ndef f(): return len('\u00e4') + 1", None),
    ("a byte order mark", "\ufeffdef f(): return 2", "SyntaxError: invalid non-printable character U\\+FEFF"),
    ("Windows line ends", "def f():\r\n    x = 1\r\n    return x + 1\r\n", None),
    ("old Macintosh line ends", "def f():\r    x = 1\r    return x + 1\r", None),
    ("a form feed", "\fdef f():\n    return 2", None),
    (
        "5,000 brackets",
        "def f(): return " + "[" * 5000 + "]" * 5000,
        "SyntaxError: too many nested|MemoryError",
    ),
    ("100,000 plus signs", "def f(): return 1" + " + 1" * 100_000, "RecursionError|MemoryError"),
    (
        "a future that there is not",
        "from __future__ import braces\ndef f(): return 1",
        "SyntaxError: not a chance",
    ),
):
    if cause is None:
        CASES.append(Case(f"has {name}", text, "ok", value=2))
    else:
        CASES.append(Case(f"has {name}", text, "memory|error", cause))

# --- ends its process, its descriptors --------------------------------------------------------------------------------

for name, source, status, cause in (
    ("exits at once", "import os\nos._exit(0)", "error", "exited with 0 before it returned"),
    ("exits with a number", "import os\nos._exit(41)", "error", "exited with 41 before it returned"),
    ("aborts", "import os\nos.abort()", "killed|error", "SIGABRT|SIGSEGV|exited|PermissionError"),
    ("reads address 0", "import ctypes\nctypes.string_at(0)", "killed", "SIGSEGV"),
    ("writes to address 0", "import ctypes\nctypes.memset(0, 0, 8)", "killed", "SIGSEGV"),
    ("makes a reference too few", """
        import ctypes
        ctypes.memset(id(None), 0xff, 16)
        for _ in range(1000): ctypes.pythonapi.Py_DecRef(ctypes.py_object(object))
        x = [None] * 1000
        ctypes.memset(id(list), 0, 400)
        return [[]]
        """, "killed|error|ok", ""),
    ("runs an illegal instruction", """
        import ctypes, mmap
        page = mmap.mmap(-1, 4096, prot=7)
        page.write(b'\\x0f\\x0b' * 8)
        ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
        """, "killed", "SIGILL|SIGSEGV"),
    ("kills itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "killed|error", "SIGKILL|PermissionError"),
    ("raises a signal", "import signal\nsignal.raise_signal(signal.SIGTERM)", "killed|error", "SIGTERM|PermissionError"),
    ("closes the wire", "import os\nos.close(3)\nreturn 1", "killed|error", "closed its line|exited|OSError"),
    ("closes the wire and stays", "import os, time\nos.close(3)\ntime.sleep(1000)", "killed", "closed its line"),
    ("closes every descriptor", "import os\nos.closerange(0, 1000)\nreturn 1", "killed|error", "closed its line|exited"),
    ("puts output in the wire's place", "import os\nos.dup2(1, 3)\nreturn 1", "killed|error", "closed its line|exited"),
    ("exits in a thread", "import os, threading, time\nthreading.Thread(target=os._exit, args=(7,)).start()\ntime.sleep(1000)", "error", "exited with 7"),
    ("exits at the end of a with", "import os, contextlib\nwith contextlib.ExitStack() as s: s.callback(os._exit, 9)", "error", "exited with 9"),
):  # fmt: skip
    body(name, source, status, cause, limits=Limits(cpu_s=2, wall_s=5, memory_mb=192))

# --- prints, reads, environment ---------------------------------------------------------------------------------------

gives("prints", 1, "print('hello')\nreturn 1", output="hello\n")
gives("prints to standard error", 1, "import sys\nprint('oh', file=sys.stderr)\nreturn 1", output="oh\n")
gives("prints a lot", 1, "for _ in range(300): print('x' * 10_000)\nreturn 1", output="xxx")
gives(
    "writes a lot past Python",
    1,
    "import os\ntry:\n    for _ in range(300): os.write(1, b'y' * 65536)\nexcept BlockingIOError: pass\nreturn 1",
    output="yyy",
)
gives("prints what is no text", 1, "print('\\ud800')\nreturn 1", output="ud800")
gives("prints bytes that are no text", 1, "import os\nos.write(1, b'\\xff\\xfe!')\nreturn 1", output="!")
gives("prints without an end", 1, "print('no newline', end='')\nreturn 1", output="no newline")
gives("closes standard output", 1, "import sys\nsys.stdout.close()\nsys.stderr.close()\nreturn 1")
gives("replaces standard output", 1, "import sys, io\nsys.stdout = io.StringIO()\nprint('lost')\nreturn 1")
gives(
    "sets standard output to None", 1, "import sys\nsys.stdout = sys.stderr = None\nprint('lost')\nreturn 1"
)
body("prints, then fails", "print('before')\nraise ValueError", cause="ValueError", output="before\n")
body("prints, then dies", "print('before')\nimport os\nos.abort()", "killed|error", output="before\n")
body("reads a line", "return input()", cause="EOFError|OSError|RuntimeError")
gives("reads standard input", "", "import sys\nreturn sys.stdin.read() if sys.stdin else ''")
gives("reads descriptor 0", b"", "import os\nreturn os.read(0, 10)")
gives(
    "looks for keys",
    [],
    "import os\nreturn [name for name in os.environ if 'KEY' in name or 'TOKEN' in name or 'SECRET' in name]",
)
gives("looks at its arguments", True, "import sys\nreturn len(sys.argv) <= 1")
gives(
    "sets a locale",
    "0.5",
    "import locale\ntry:\n    locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\nexcept locale.Error: pass\nreturn f'{0.5:.1f}'",
)
gives(
    "warns",
    3,
    "import warnings\nwarnings.warn('careful', DeprecationWarning)\nwarnings.warn('loud')\nreturn 3",
    output="loud",
)
gives(
    "warns in NumPy",
    True,
    "import numpy as np\nreturn bool(np.isinf(np.array([1.0]) / 0)[0])",
    output="divide by zero",
)
gives("has an invalid escape", 2, "return len(eval(repr('ab'))) if '\\d' else 0")
for name in (
    "no_such_module",
    "requests",
    "pandas",
    "scipy",
    "pytest",
    "hypothesis",
    "msgpack",
    "openai",
    "click",
):
    body(
        f"imports {name}", f"import {name}\nreturn 1", cause="ModuleNotFoundError|PermissionError|ImportError"
    )
for name in ("selftaught.budget", "selftaught.api", "selftaught.jail.cell", "selftaught.jail.layers"):
    body(
        f"imports {name}", f"import {name}\nreturn 1", cause="ModuleNotFoundError|PermissionError|ImportError"
    )
body(
    "imports itself anew",
    "import importlib, program\nimportlib.reload(program)",
    cause="ModuleNotFoundError|ImportError|PermissionError",
)
gives("imports itself", True, "import program\nreturn program.f is f")

# --- what is meant for the next ---------------------------------------------------------------------------------------

for name, source in (
    ("a global", "global STATE\nSTATE = globals().get('STATE', 0) + 1"),
    ("builtins", "import builtins\nbuiltins.sum = builtins.range = builtins.print = builtins.open = lambda *a: 666"),
    ("NumPy", "import numpy as np\nnp.sum = np.array = np.zeros = lambda *a, **k: 666\nnp.random.seed = None"),
    ("json", "import json\njson.dumps = json.loads = lambda *a, **k: 666"),
    ("random", "import random\nrandom.random = random.seed = lambda *a: 666"),
    ("the modules", "import sys\nfor name in list(sys.modules):\n    if name != 'sys': del sys.modules[name]"),
    ("the path", "import sys\nsys.path.clear()\nsys.meta_path.clear()\nsys.path_hooks.clear()"),
    ("the importers", "import sys\nclass Finder:\n    def find_spec(self, *a): raise SystemExit\nsys.meta_path.insert(0, Finder())"),
    ("the garbage collector", "import gc\ngc.disable()\ngc.set_threshold(0)"),
    ("the recursion limit", "import sys\nsys.setrecursionlimit(50)"),
    ("the switch interval", "import sys\nsys.setswitchinterval(1000)"),
    ("exit handlers", "import atexit, os\natexit.register(os._exit, 3)"),
    ("signal handlers", "import signal\nfor n in range(1, 32):\n    if n not in (9, 19): signal.signal(n, signal.SIG_IGN)"),
    ("an alarm", "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.0001)"),
    ("a tracing function", "import sys, threading\nsys.settrace(lambda *a: None)\nthreading.settrace(lambda *a: 1 / 0)"),
    ("a profiling function", "import sys\nsys.setprofile(lambda *a: None)"),
    ("an audit hook", "import sys\nsys.addaudithook(lambda *a: None)"),
    ("the exception hook", "import sys\nsys.excepthook = sys.unraisablehook = None"),
    ("NumPy's errors", "import numpy as np\nnp.seterr(all='raise')"),
    ("warnings", "import warnings\nwarnings.simplefilter('error')"),
    ("the environment", "import os\nos.environ.clear()\nos.environ['PATH'] = '/evil'"),
    ("a daemon thread that burns", "import threading\ndef burn():\n    while True: pass\nthreading.Thread(target=burn, daemon=True).start()"),
    ("a thread that never ends", "import threading\nthreading.Thread(target=threading.Event().wait).start()"),
    ("20 threads", "import threading\nthreading.stack_size(65536)\nfor _ in range(20): threading.Thread(target=threading.Event().wait, daemon=True).start()"),
    ("descriptors", "import os\nfor _ in range(40): os.dup(1)"),
    ("a mask of signals", "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))"),
):  # fmt: skip
    gives(f"leaves behind {name}", 1, f"{source}\nreturn 1")
whole(
    "changes its arguments",
    "def f(x, d, a):\n    x.clear(); d['new'] = 1; a[:] = [0]\n    return 1",
    "ok",
    value=1,
    args=([1, 2], {"a": 1}, [3.0]),
)
gives(
    "rewrites the jail's own code",
    1,
    "from selftaught.jail import inside\nfor name in list(vars(inside)): setattr(inside, name, None) if name.startswith('_M') else None\nreturn 1",
)
body(
    "breaks the jail's own code",
    "from selftaught.jail import inside\ninside.wire.pack = None\nreturn 1",
    "error",
    "exited",
)
body(
    "breaks what the jail's own code is made of",
    "import builtins\nbuiltins.len = lambda *a: 666\nreturn 1",
    "ok|error|timeout",
    limits=LITTLE_TIME,
)
body("uses up its descriptors", "import os\nwhile True: os.dup(1)", cause="OSError: .*Too many open files")
body(
    "uses up its threads",
    "import threading\nthreading.stack_size(2**25)\nfor _ in range(10_000): threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "error|memory",
    "RuntimeError: can't start new thread|MemoryError",
)

# --- writes to the wire -----------------------------------------------------------------------------------------------


def wire(name, source, status, cause="", **rest):
    """``send(bytes)`` writes to the wire, ``frame(body)`` puts a body's length before it; ``pack`` is MessagePack's."""
    prelude = """
    import os, sys
    from selftaught.jail import inside
    frame = lambda body: len(body).to_bytes(4, "little") + body
    pack = lambda message: inside.wire._packed(message)
    def send(data):
        while data: data = data[os.write(3, data):]
    """
    body(
        f"writes to the wire {name}",
        textwrap.dedent(prelude) + textwrap.dedent(source).strip("\n"),
        status,
        cause,
        **rest,
    )


wire("zeros", "send(bytes(100))\nreturn 1", "refused", "malformed frame")
wire("text", "send(b'GET / HTTP/1.1\\r\\n\\r\\n')\nreturn 1", "refused", "too large: a frame of|malformed")
wire(
    "an enormous length",
    "send(b'\\xff\\xff\\xff\\xff')\nimport time\ntime.sleep(100)",
    "refused",
    "too large: a frame of 4,294,967,295 bytes",
)
wire(
    "half a frame",
    "send(b'\\x10\\0\\0\\0abc')\nreturn 1",
    "refused|timeout|killed",
    limits=Limits(cpu_s=1, wall_s=0.1, memory_mb=192),
)
wire("half a frame, then dies", "send(b'\\x10\\0\\0\\0abc')\nos._exit(0)", "error", "exited with 0")
wire("a result of its own", "send(frame(pack(['result', 1, True, 777])))\nos._exit(0)", "ok", value=777)
wire("two results", "send(frame(pack(['result', 1, True, 777])) * 2)\nreturn 1", "ok", value=777)
wire(
    "another call's result",
    "send(frame(pack(['result', 2, True, 777])))\nreturn 1",
    "refused",
    "not a message of this conversation",
)
wire(
    "NaN as its result",
    "send(frame(pack(['result', 1, True, float('nan')])))\nreturn 1",
    "refused",
    "not finite",
)
wire(
    "a status that there is not",
    "send(frame(pack(['result', 1, False, ['ok', '', '']])))\nreturn 1",
    "refused",
    "not a message",
)
wire(
    "a time-out that there was not",
    "send(frame(pack(['result', 1, False, ['timeout', '', '']])))\nreturn 1",
    "refused",
    "not a message",
)
wire(
    "an error of its own",
    "send(frame(pack(['result', 1, False, ['error', 'by hand', 'tale']])))\nos._exit(0)",
    "error",
    "by hand",
)
wire(
    "a question about an object that it was not given",
    "send(frame(pack(['ask', 1, 0, '__call__', [], {}])))\nreturn 1",
    "refused",
    "not a message",
)
wire(
    "a question of a negative object",
    "send(frame(pack(['ask', 1, -1, '__call__', [], {}])))\nreturn 1",
    "refused",
    "not a message",
)
wire("a number", "send(frame(pack(5)))\nreturn 1", "refused", "not a message")
wire("a long message", "send(frame(pack(['result', 1, True, 1, 1])))\nreturn 1", "refused", "not a message")
wire(
    "arrays in place of words",
    "import numpy as np\nsend(inside.wire.pack([np.arange(3), np.arange(3), np.arange(3), np.arange(3)]))\nreturn 1",
    "refused",
    "not a message",
)
wire(
    "an array in place of a number",
    "import numpy as np\nsend(inside.wire.pack(['result', np.arange(3), True, 5]))\nreturn 1",
    "refused",
    "not a message",
)
wire(
    "an array in place of a status",
    "import numpy as np\nsend(inside.wire.pack(['result', 1, False, [np.arange(3), '', '']]))\nreturn 1",
    "refused",
    "not a message",
)
wire("a true number for its call", "send(frame(pack(['result', True, True, 777])))\nreturn 1", "ok|refused")
wire("100,000 open brackets", "send(frame(b'\\x91' * 100_000))\nreturn 1", "refused", "malformed|nested")
wire("random bytes", "import random\nsend(frame(random.randbytes(1000)))\nreturn 1", "refused", "")
wire("empty frames", "send(bytes(4) * 1000)\nreturn 1", "refused", "malformed frame")
wire(
    "a frame in single bytes",
    "for b in frame(pack(['result', 1, True, 777])): send(bytes([b]))\nos._exit(0)",
    "ok",
    value=777,
)


def matches(pattern, text):
    return re.search(pattern, text) is not None
