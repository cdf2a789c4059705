"""Tables of the standard library's names, by what they do."""

from __future__ import annotations

import ast
import builtins
import math
import re
import sys
from typing import Any

BUILTINS = frozenset(dir(builtins))

# Attributes that are constants.
CONSTANTS: dict[str, Any] = {
    "math.inf": math.inf,
    "math.pi": math.pi,
    "math.e": math.e,
    "math.nan": math.nan,
    "numpy.inf": math.inf,
    "sys.maxsize": sys.maxsize,
    "os.name": "posix",
    "os.sep": "/",
    "sys.platform": "linux",
    "typing.TYPE_CHECKING": False,
    "string.ascii_letters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "string.ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
    "string.ascii_uppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "string.digits": "0123456789",
    "builtins.True": True,
    "builtins.False": False,
    "builtins.None": None,
    "builtins.__debug__": True,
    "builtins.Ellipsis": ...,
}

# Paths under which something is found that has another name here.
ALIASES = {
    "posixpath": "os.path",
    "posix": "os",
    "nt": "os",
    "_operator": "operator",
    "_functools": "functools",
    "multiprocessing.dummy": "multiprocessing.pool",
    "multiprocess": "multiprocessing",
    "io.open": "builtins.open",
    "codecs.open": "builtins.open",
    "importlib.__import__": "builtins.__import__",
    "types.LambdaType": "types.FunctionType",
}

# Functions that execute text that they are given.
RUNS_TEXT = {
    "timeit.timeit", "timeit.repeat", "timeit.Timer", "timeit.main", "cProfile.run", "cProfile.runctx",
    "profile.run", "profile.runctx", "pdb.run", "pdb.runeval", "pickle.loads", "pickle.load",
    "dill.loads", "cloudpickle.loads", "joblib.load", "code.interact", "doctest.run_docstring_examples",
    "doctest.testmod", "pandas.eval", "numexpr.evaluate", "sympy.sympify", "yaml.load",
    "yaml.unsafe_load", "typing.get_type_hints", "_xxsubinterpreters.run_string", "_interpreters.exec",
    "_interpreters.run_string", "IPython.embed", "builtins.?",
}  # fmt: skip

# Of things that libraries made: what these methods are given, or the thing itself, is executed.
RUNNING_METHODS = {
    "exec_module", "load_module", "create_module", "runsource", "runcode", "push", "interact", "runctx",
    "runeval", "runcall", "run", "run_cell", "run_string", "exec", "PyRun_SimpleString", "PyRun_String",
    "timeit", "repeat", "autorange", "system", "execv",
}  # fmt: skip
# ... where the thing is of one of these.
RUNNING_MODULES = (
    "code.", "codeop.?", "timeit.", "bdb.", "pdb.", "trace.", "cProfile.", "profile.", "importlib.",
    "imp.", "ctypes.", "pkgutil.", "zipimport.", "IPython.", "concurrent.interpreters", "_interpreters",
    "doctest.", "runpy.",
)  # fmt: skip

# Functions that execute files or modules.
RUNS_FILES = {
    "runpy.run_path", "runpy.run_module", "imp.load_source", "imp.load_module", "importlib.reload",
    "site.addsitedir", "pkgutil.resolve_name", "ctypes.CDLL", "ctypes.cdll.LoadLibrary",
}  # fmt: skip

# What starts a process.
PROCESSES = re.compile(
    r"subprocess\.(run|call|check_call|check_output|Popen|getoutput|getstatusoutput)$"
    r"|os\.(system|popen|startfile|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)$|pty\.spawn$"
    r"|asyncio\.(subprocess\.)?create_subprocess_(exec|shell)$|pexpect\.|sh\."
)

# Processes that are spoken to, and how.
TALKS_TO = ("subprocess.Popen", "asyncio.create_subprocess", "os.popen", "pexpect", "pty")
TALKS = {"communicate", "write", "writelines", "sendline", "send"}

# Programs that read a program and do not run it.
CHECKERS = {
    "py_compile", "compileall", "pyflakes", "flake8", "pylint", "black", "mypy", "ruff", "pycodestyle",
    "tabnanny", "ast", "tokenize", "pyright", "isort", "autopep8", "yapf", "vulture", "radon", "bandit",
}  # fmt: skip

# What asks the network; and what asks a model, by the path of what is called or by what is sent.
NETWORK = re.compile(
    r"urllib\.request\.(urlopen|urlretrieve|build_opener)|urllib3\.|urllib\.urlopen"
    r"|http\.client\.HTTPS?Connection|requests\.(get|post|put|head|patch|delete|request|Session)"
    r"|httpx\.|aiohttp\.|socket\.(create_connection|socket|getaddrinfo|gethostbyname)|ftplib\.|smtplib\."
    r"|telnetlib\.|xmlrpc\.client\.|websockets?\.|asyncio\.open_(unix_)?connection|paramiko\.|imaplib\."
    r"|poplib\.|grpc\.|zmq\.|webbrowser\.open|ssl\.get_server_certificate|pycurl\."
)
MODELS = re.compile(
    r"(openai|anthropic|google\.genai|google\.generativeai|genai|ollama|litellm|cohere|mistralai|groq|together"
    r"|replicate|huggingface_hub|transformers|vllm|llama_cpp|langchain\w*|llama_index|dspy|guidance|ctransformers"
    r"|gpt4all|selftaught\.(models|roster|engines|api|keys)|language_model|models?|llm|lm)(\.|$)"
)
MODEL_WORDS = re.compile(
    r"chat/completions|/api/(generate|chat)|/v1\b|11434|openai|anthropic|llama|gpt-|claude|gemini|mistral|messages"
)

# Methods of what makes connections; models that run on this machine.
REQUESTS = {"request", "connect", "sendall", "send", "post", "get", "open", "chat", "create"}
LOCAL_MODELS = re.compile(r"transformers|vllm|llama_cpp|selftaught|ctransformers|gpt4all|language_model|llm")

# What reads or lists files: functions, methods of paths.
READS = re.compile(
    r"os\.(listdir|scandir|walk|open|read|fwalk|stat|readlink)$|glob\.|shutil\.(copy\w*|move|copytree)$"
    r"|linecache\.getlines?$|fileinput\.|mmap\.mmap|sqlite3\.connect|importlib\.resources|pkgutil\.get_data"
    r"|numpy\.(load|loadtxt|genfromtxt|fromfile)$|pandas\.read_|zipfile\.ZipFile|tarfile\.open|dbm\.|shelve\.open"
)
READING_METHODS = {
    "read_text", "read_bytes", "iterdir", "rglob", "glob", "walk", "readlines", "readline",
}  # fmt: skip

# What makes files that are the program's own.
OWN_FILES = re.compile(r"tempfile\.|os\.memfd_create|os\.pipe|io\.(StringIO|BytesIO)|logging\.")

# Variables of the environment that only set threads, languages and logs.
HARMLESS_VARIABLES = re.compile(
    r"^(\w*_NUM_THREADS|PYTHONHASHSEED|NO_COLOR|FORCE_COLOR|TERM|COLUMNS|LINES|LANG|LC_\w+|TZ|DEBUG|VERBOSE"
    r"|LOG_?LEVEL|\w*_DEBUG|\w*_VERBOSE)$"
)

# Functions and methods that read one variable of the environment, named first.
NAMES_ONE = {"get", "getenv", "pop", "__getitem__", "setdefault", "__contains__"}

# What looks into things; what changes where imports are looked up.
INSPECTS = {
    "inspect.getsource", "inspect.getsourcefile", "inspect.getfile", "inspect.getmodule",
    "inspect.getsourcelines", "inspect.getmembers", "inspect.getclosurevars", "dis.dis", "dis.Bytecode",
}  # fmt: skip
HOOKS = {
    "sys.meta_path.append", "sys.meta_path.insert", "sys.path_hooks.append", "sys.path_hooks.insert",
    "sys.path.append", "sys.path.insert", "sys.modules.update", "sys.modules.setdefault",
}  # fmt: skip

# What the utility and the model show, and names of what may be behind them.
INTERFACE = {
    "utility": {
        "str", "budget", "uses", "remaining", "many", "why", "__call__", "__name__", "__doc__", "__module__",
        "__qualname__", "__str__", "__repr__", "__hash__", "__eq__", "__format__", "__ne__", "__bool__", "__len__",
    },
    "model": {
        "prompt", "batch_prompt", "budget", "max_responses_per_call", "models", "remaining", "left", "outcomes",
        "__name__", "__doc__", "__module__", "__str__", "__repr__", "__hash__", "__eq__", "__call__", "__bool__",
    },
}  # fmt: skip
HIDDEN = re.compile(
    r"^_|instance|hidden|expected|answers?$|target|reference|tests?$|test_|case|data|label|truth|seed|rng|score[rd]?$"
    r"|scor(er|ing)_|task|inner|wrapped|func$|function|source|secret|solutions?$|evaluat|client|api|key|backend|engine|server"
)

# Methods that give back something of what the thing was given.
TAKES = {
    "get", "get_nowait", "result", "recv", "pop", "popleft", "value", "peek", "read", "getvalue",
    "readline", "readlines", "wait", "join_thread", "gather", "fetchone", "fetchall", "getbuffer",
    "exception", "getsource", "receive", "recv_bytes", "new_child", "substitute", "safe_substitute",
    "__next__", "group", "most_common", "elements", "items", "values", "keys", "least",
}  # fmt: skip

# Functions that give back what they are given.
SAME = {
    "asyncio.run", "asyncio.create_task", "asyncio.ensure_future",
    "asyncio.wait_for", "asyncio.shield", "functools.update_wrapper", "contextlib.closing",
    "contextlib.nullcontext", "tqdm.auto.tqdm", "typing.cast", "weakref.proxy",
    "types.MappingProxyType", "functools.singledispatch",
    "types.coroutine", "asyncio.wait", "concurrent.futures.as_completed", "sys.intern",
    "ast.fix_missing_locations", "functools.total_ordering", "contextlib.contextmanager", "numpy.array",
    "numpy.asarray", "pprint.pformat",
}  # fmt: skip

# Functions that give a number.
NUMBERS = {
    "os.cpu_count", "os.getpid", "builtins.hash", "builtins.id",
    "builtins.divmod", "builtins.pow", "sys.getsizeof", "threading.get_ident", "threading.active_count",
    "numpy.mean", "numpy.std", "numpy.argmax", "numpy.argmin", "os.times", "time.perf_counter",
    "time.monotonic", "time.time", "time.process_time",
}  # fmt: skip

# Functions that have a function called later, or beside the program.
LATER = {
    "asyncio.to_thread", "threading.Thread", "threading.Timer", "multiprocessing.Process",
    "_thread.start_new_thread", "multiprocessing.get_context().Process",
    "multiprocessing.context.Process", "atexit.register", "weakref.finalize", "signal.signal",
    "threading.settrace", "sys.settrace", "sys.setprofile", "asyncio.gather",
}  # fmt: skip

# Modules of which all functions give numbers, but for a few.
COUNTING = {"math", "cmath", "time", "statistics", "zlib"}

# Methods of things of libraries that have something done beside the program.
BESIDE = {
    "submit", "apply", "apply_async", "apply_sync", "map", "imap", "imap_unordered", "map_async", "starmap",
    "starmap_async", "run_in_executor", "to_thread", "run_sync", "start_soon", "call_soon", "call_later",
    "create_task", "spawn", "enter", "enterabs", "callback", "push_async_callback", "add_done_callback",
}  # fmt: skip

# What draws by chance.
CHANCE = {
    "random", "random.Random()", "random.SystemRandom()", "secrets", "numpy.random",
    "numpy.random.default_rng()",
}  # fmt: skip

# Functions that lay out or escape a text, but for textwrap's.
TEXTS = {"inspect.cleandoc", "html.escape", "builtins.ascii", "shlex.quote", "string.capwords"}

# Paths of what makes a text of constants that is not followed.
DECODES = re.compile(r"decod|decompress|b64|b32|hex|loads|cipher|decrypt|unpack|translate|rot")

# Methods of texts: that take them apart, that ask something of them.
SPLITS = {"split", "rsplit", "splitlines", "partition", "rpartition"}
TESTS = {
    "startswith", "endswith", "isidentifier", "isdigit", "isalpha", "isspace", "isupper", "islower",
    "isnumeric", "isalnum", "__contains__", "__eq__",
}  # fmt: skip

# Names of types, and the constants that are of them.
KINDS = {
    "str": (str,),
    "int": (int,),
    "float": (float,),
    "bool": (bool,),
    "bytes": (bytes,),
    "NoneType": (type(None),),
}

# Functions of `operator`.
OPERATORS: dict[str, type[ast.operator]] = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv,
    "mod": ast.Mod, "pow": ast.Pow, "concat": ast.Add, "iadd": ast.Add, "ior": ast.BitOr,
    "or_": ast.BitOr, "and_": ast.BitAnd, "xor": ast.BitXor, "lshift": ast.LShift, "rshift": ast.RShift,
}  # fmt: skip
COMPARISONS: dict[str, type[ast.cmpop]] = {
    "eq": ast.Eq, "ne": ast.NotEq, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE,
    "is_": ast.Is, "is_not": ast.IsNot,
}  # fmt: skip
