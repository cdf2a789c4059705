"""Wrong programs for the paper's tasks, each with what it deserves.

A case is (program, deserved, words): ``deserved`` is a score, a (lowest, highest) mean score, or the outcome of the
jail; ``words`` stand in the cause, or in the scorer's feedback. A program may call ``right``, the strong solution.
"""

# --- wrong for any task, in arguments and results alike -------------------------------------------------------------

ANY = {
    "nothing": ("def algorithm(*given): pass", 0.0, ""),
    "raises": ("def algorithm(*given): return given[99]", "error", "IndexError"),
    "is called otherwise": ("def solve(*given): return right(*given)", "error", "no function 'algorithm'"),
    "takes nothing": ("def algorithm(): return 1", "error", "TypeError"),
    "is no Python": ("def algorithm(*given) return 1", "error", "SyntaxError"),
    "is a number": ("algorithm = 5", "error", "not as a function"),
    "imports what is not there": (
        "import scipy.optimize\ndef algorithm(*given): return right(*given)",
        "error",
        "scipy",
    ),
    "never ends": ("def algorithm(*given):\n    while True: pass", "timeout", "time: more"),
    "never ends while it is loaded": ("while True: pass", "timeout", "time: more"),
    "exits": ("import os\ndef algorithm(*given): os._exit(0)", "error", ""),
    "kills itself": ("import os\ndef algorithm(*given): os.abort()", "killed", ""),
    "takes all memory": ("def algorithm(*given): return len(bytearray(2**30))", "memory", ""),
    "calls itself without end": (
        "def algorithm(*given): return algorithm(*given)",
        "error",
        "RecursionError",
    ),
    "NaN": ("def algorithm(*given): return [float('nan')] * 20", "refused", "finite"),
    "infinite": (
        "import numpy as np\ndef algorithm(*given): return np.full(20, np.inf)",
        "refused",
        "finite",
    ),
    "a generator": ("def algorithm(*given): yield from right(*given)", "refused", "generator"),
    "a set": ("def algorithm(*given): return set(right(*given))", "refused", "set"),
    "an object": (
        "class Answer: pass\ndef algorithm(*given): return Answer()",
        "refused",
        "Answer",
    ),
    "17 MiB": ("def algorithm(*given): return 'A' * 17 * 2**20", "refused", ""),
    "a list in itself": (
        "def algorithm(*given):\n    all = []\n    all.append(all)\n    return all",
        "refused",
        "",
    ),
    "an integer of 100 digits": ("def algorithm(*given): return [10**100] * 20", "refused", ""),
    "bytes": ("def algorithm(*given): return bytes(20)", 0.0, "wanted"),
    "a dict": ("def algorithm(*given): return {str(i): 0 for i in range(20)}", 0.0, "wanted"),
    "deep lists": ("def algorithm(*given): return [[[[[0]]]]] * 20", 0.0, "wanted"),
    "complex numbers": (
        "import numpy as np\ndef algorithm(*given): return np.zeros(20, complex)",
        0.0,
        "wanted",
    ),
    "a cube": ("import numpy as np\ndef algorithm(*given): return np.zeros((20, 20, 20))", 0.0, "wanted"),
    "strings, to NumPy 80 GB": (
        "def algorithm(*given): return ['x' * 10**6] + ['0'] * 20_000",
        0.0,
        "wanted",
    ),
    "an answer printed": ("def algorithm(*given): print(right(*given))", 0.0, "wanted"),
}

# --- wrong, or right in an odd form, for one task -------------------------------------------------------------------

PARITY = {
    "right": ("return right(X, y, T)", 1.0, ""),
    "right, as a list of floats": ("return [float(b) for b in right(X, y, T)]", 1.0, ""),
    "right, as booleans": ("return right(X, y, T) == 1", 1.0, ""),
    "one bit wrong": ("a = right(X, y, T); a[7] = 1 - a[7]; return a", 0.95, ""),
    "all bits wrong": ("return 1 - right(X, y, T)", 0.0, ""),
    "off by one": ("return np.roll(right(X, y, T), 1)", (0.3, 0.75), ""),
    "one short": ("return right(X, y, T)[:-1]", 0.0, "shape (19,)"),
    "one too many": ("return [*right(X, y, T).tolist(), 0]", 0.0, "shape (21,)"),
    "a column": ("return right(X, y, T)[:, None]", 0.0, "shape (20, 1)"),
    "every pair": ("return np.tile(right(X, y, T), (20, 1))", 0.0, "shape (20, 20)"),
    "the training labels": ("return y", 0.0, "shape (100,)"),
    "the first training labels": ("return y[:20]", (0.3, 0.75), ""),
    "the test strings": ("return T", 0.0, "shape (20, 10)"),
    "probabilities": ("return 0.8 * right(X, y, T) + 0.1", 0.0, "other than 0 and 1"),
    "signs": ("return 2 * right(X, y, T) - 1", 0.0, "other than 0 and 1"),
    "sums that are not reduced": (
        "bits = right(X, y, np.eye(10, dtype=int)); return T @ bits + 2",
        0.0,
        "other than 0 and 1",
    ),
    "letters": ("return [str(b) for b in right(X, y, T)]", 0.0, "numbers"),
    "none in the midst": ("return [*right(X, y, T).tolist()[:19], None]", 0.0, "numbers"),
    "the parity of all bits": ("return T.sum(axis=1) % 2", (0.3, 0.75), ""),
    "the commoner label": ("return [int(y.mean() > 0.5)] * 20", (0.3, 0.8), ""),
    "the nearest neighbour's": (
        "return [y[abs(X - t).sum(axis=1).argmin()] for t in T]",
        (0.35, 0.95),
        "",
    ),
    "a majority of bits": ("return T.sum(axis=1) > 5", (0.3, 0.75), ""),
    "its inputs changed": ("a = right(X, y, T); T[:] = 0; y[:] = 0; return 1 - a", 0.0, ""),
}
# where noise may hide a bit even from the strong solution
LPN = PARITY | {
    "right": ("return right(X, y, T)", (0.95, 1.0), ""),
    "right, as a list of floats": ("return [float(b) for b in right(X, y, T)]", (0.95, 1.0), ""),
    "right, as booleans": ("return right(X, y, T) == 1", (0.95, 1.0), ""),
    "one bit wrong": ("a = right(X, y, T); a[7] = 1 - a[7]; return a", (0.9, 0.95), ""),
    "all bits wrong": ("return 1 - right(X, y, T)", (0.0, 0.05), ""),
    "its inputs changed": ("a = right(X, y, T); T[:] = 0; y[:] = 0; return 1 - a", (0.0, 0.05), ""),
    "the parity that fits worst": (
        "B = np.array([[i >> k & 1 for k in range(10)] for i in range(1024)])\n"
        "    return T @ B[(X @ B.T % 2 != y[:, None]).sum(axis=0).argmax()] % 2",
        (0.3, 0.75),
        "",
    ),
}
STRINGS = {
    "right": ("return right(t, dist)", 1.0, ""),
    "one letter short": ("return right(t, dist)[:-1]", 0.0, "letters are wanted"),
    "one letter more": ("return right(t, dist) + 'A'", 0.0, "letters are wanted"),
    "twice": ("return right(t, dist) * 2", 0.0, "letters are wanted"),
    "empty": ("return ''", 0.0, "letters are wanted"),
    "small letters": ("return right(t, dist).lower()", 0.0, "other than A and B"),
    "other letters that look alike": ("return right(t, dist).translate({65: 0x391})", (0.0, 0.4), ""),
    "digits": ("return ''.join(str('AB'.index(c)) for c in right(t, dist))", 0.0, "other than A and B"),
    "a null": ("return t[:-1] + chr(0)", 0.0, "other than A and B"),
    "a list of letters": ("return list(right(t, dist))", 0.0, "string is wanted"),
    "bytes": ("return right(t, dist).encode()", 0.0, "string is wanted"),
    "the distance": ("return dist", 0.0, "string is wanted"),
    "string and distance": ("return right(t, dist), dist", 0.0, "string is wanted"),
    "off by one": (
        "for other in (dist + 1, dist - 1):\n        try: return right(t, other)\n        except StopIteration: pass",
        (0.0, 1 / 6),
        "",
    ),
    "off by three": (
        "for other in (dist + 3, dist - 3, dist + 2, dist - 2, dist + 1, dist - 1):\n"
        "        try: return right(t, other)\n        except StopIteration: pass",
        (0.0, 1 / 6),
        "",
    ),
    "the Hamming distance": (
        "return ''.join(('B' if c == 'A' else 'A') if i < dist else c for i, c in enumerate(t))",
        (0.0, 0.45),
        "",
    ),
    "the start": ("return t", (0.0, 0.45), ""),
    "all letters changed": ("return t.translate({65: 66, 66: 65})", (0.0, 0.45), ""),
    "all letters A": ("return 'A' * len(t)", (0.0, 0.45), ""),
    "backwards": ("return right(t, dist)[::-1]", (0.0, 0.8), ""),
    "letters at random": (
        "import random\n    return ''.join(random.choice('AB') for _ in t)",
        (0.0, 0.7),
        "",
    ),
}
FORMULAS = {
    "right": ("return right(f)", 1.0, "0 of"),
    "right, as numbers": ("return [int(v) for v in right(f)]", 1.0, ""),
    "right, as signs": ("return 2.0 * np.array(right(f)) - 1", 1.0, ""),
    "right, as signed variables": ("return [v if x else -v for v, x in enumerate(right(f))]", 1.0, ""),
    "right, None at index 0": ("return [None, *right(f)[1:]]", 1.0, ""),
    "right, and more": ("return right(f) + [True] * 9", 1.0, ""),
    "the index 0 left out": ("return right(f)[1:]", 0.0, "has the shape"),
    "off by one": ("return right(f)[1:] + [True]", (0.0, 0.3), "unsatisfied"),
    "not": ("return [not v for v in right(f)]", (0.0, 0.2), "unsatisfied"),
    "only the true variables": ("return [v for v, x in enumerate(right(f)) if x]", 0.0, "has the shape"),
    "a column": ("return np.array(right(f))[:, None]", 0.0, "has the shape"),
    "empty": ("return []", 0.0, "has the shape"),
    "an empty array": ("return np.zeros(0)", 0.0, "has the shape"),
    "a number without shape": ("return np.array(1.0)", 0.0, "has the shape"),
    "names": ("return {f'x{v}': x for v, x in enumerate(right(f))}", 0.0, "not an array"),
    "letters": ("return ['FT'[x] for x in right(f)]", 0.0, "not an array"),
    "none in the midst": ("a = right(f); a[2] = None; return a", 0.0, "not an array"),
    "pairs": ("return list(enumerate(right(f)))", 0.0, "not an array"),
    "whether there is one": ("return True", 0.0, "not an array"),
    "each clause's first sign": ("return [True, *(c[0] > 0 for c in f)]", (0.0, 0.35), "unsatisfied"),
    "the formula": ("return f", 0.0, "not an array"),
    "all true": ("return [True] * (1 + max(abs(x) for c in f for x in c))", (0.0, 0.35), "unsatisfied"),
    "each variable's commoner sign": (
        "flat = np.ravel(f)\n"
        "    return [sum(flat == v) > sum(flat == -v) for v in range(1 + max(abs(flat)))]",
        (0.0, 0.8),
        "",
    ),
    "the formula but for a few clauses": (
        "return right(f[len(f) // 3:] + [[v, v, v] for v in {abs(x) for c in f for x in c}][:3])",
        (0.0, 0.5),
        "",
    ),
    "a formula emptied": (
        "n = max(abs(x) for c in f for x in c); f.clear(); return [False] * (n + 1)",
        (0.0, 0.35),
        "unsatisfied",
    ),
    "a list of NaN at index 0": ("return [float('nan'), *right(f)[1:]]", "refused", "finite"),
}
GRAPHS = {
    "right": ("return right(A)", (0.9, 1.0), "is cut"),
    "right, sides changed": ("return -right(A)", (0.9, 1.0), "is cut"),
    "right, as a list": ("return right(A).astype(int).tolist()", (0.9, 1.0), ""),
    "right, as booleans": ("return right(A) > 0", (0.9, 1.0), ""),
    "right, as odd numbers": ("return np.where(right(A) > 0, 0.1, 1e300)", (0.9, 1.0), ""),
    "off by one": ("return np.roll(right(A), 1)", (0.0, 0.3), ""),
    "all on one side": ("return np.zeros(n)", 0.0, "0 is cut"),
    "halves": ("return np.arange(n) < n // 2", (0.0, 0.3), ""),
    "every other": ("return np.arange(n) % 2", (0.0, 0.3), ""),
    "at random": ("return np.random.randint(0, 2, n)", (0.0, 0.3), ""),
    "the least cut": ("return right(-A)", 0.0, ""),
    "its input changed": ("A *= 1000; return np.arange(n) % 2", (0.0, 0.3), ""),
    "three parts": ("return np.arange(n) % 3", 0.0, "more than two"),
    "a part each": ("return np.arange(n)", 0.0, "more than two"),
    "an eigenvector": ("return np.linalg.eigh(A)[1][:, 0]", 0.0, "more than two"),
    "the wrong eigenvector's signs": ("return np.linalg.eigh(A)[1][:, -1] > 0", (0.0, 0.2), ""),
    "one short": ("return right(A)[:-1]", 0.0, "has the shape"),
    "one too many": ("return [*right(A).tolist(), 1.0]", 0.0, "has the shape"),
    "a column": ("return right(A)[:, None]", 0.0, "has the shape"),
    "a matrix": ("return A", 0.0, "has the shape"),
    "the nodes of one side": ("return np.flatnonzero(right(A) > 0)", 0.0, "has the shape"),
    "two lists of nodes": ("return [0, 1], [2, 3]", 0.0, "numbers"),
    "the weight that is cut": ("return 1e6", 0.0, "numbers"),
    "names": ("return ['left'] * n", 0.0, "numbers"),
    "none in the midst": ("return [0] * (n - 1) + [None]", 0.0, "numbers"),
}
# `quick` is the strong solution's search, shorter
PLACEMENTS = {
    "right": ("return quick(F, D, P)", (0.8, 1.0), "objective"),
    "right, as a list": ("return quick(F, D, P).tolist()", (0.8, 1.0), ""),
    "right, as floats": ("return quick(F, D, P) * 1.0", (0.8, 1.0), ""),
    "each where it is": ("return np.arange(n)", (0.0, 0.3), ""),
    "at random": ("return np.random.permutation(n)", (0.0, 0.3), ""),
    "off by one": ("return np.roll(quick(F, D, P), 1)", (0.0, 0.4), ""),
    "the facility of each location": ("return np.argsort(quick(F, D, P))", (0.0, 0.4), ""),
    "as large as can be": ("return quick(-F, D, -P)", 0.0, ""),
    "numbered from one": ("return quick(F, D, P) + 1", 0.0, "is none"),
    "numbered from the end": ("return quick(F, D, P) - n", 0.0, "is none"),
    "all on one": ("return np.zeros(n, int)", 0.0, "is none"),
    "two on one": ("a = quick(F, D, P); a[0] = a[1]; return a", 0.0, "is none"),
    "halves": ("return quick(F, D, P) + 0.5", 0.0, "is none"),
    "booleans": ("return quick(F, D, P) > 0", 0.0, "is none"),
    "one short": ("return quick(F, D, P)[:-1]", 0.0, "has the shape"),
    "one too many": ("return [*quick(F, D, P).tolist(), n]", 0.0, "has the shape"),
    "a permutation and again": ("return np.tile(quick(F, D, P), 2)", 0.0, "has the shape"),
    "a matrix": ("return np.eye(n)[quick(F, D, P)]", 0.0, "has the shape"),
    "a column": ("return quick(F, D, P)[:, None]", 0.0, "has the shape"),
    "placement and objective": ("return quick(F, D, P), 40.0", 0.0, "numbers"),
    "the objective": ("return -1e9", 0.0, "numbers"),
    "names": ("return [str(x) for x in quick(F, D, P)]", 0.0, "numbers"),
    "preferences alone": ("return quick(0 * F, 0 * D, P)", (0.0, 0.4), ""),
    "no preferences": ("return quick(F, D, 0 * P)", (0.5, 1.0), ""),
    "its inputs changed": ("F *= 0; D *= 0; P += 1e9; return np.arange(n)", (0.0, 0.3), ""),
}
QUICK = "n, quick = len(F), lambda *given: _search(*given, 300)"
WRONG = {
    "lpn": ("X, y, T", "n = 20", LPN),
    "parity": ("X, y, T", "n = 20", PARITY),
    "string_grid_distance": ("t, dist", "n = len(t)", STRINGS),
    "three_sat": ("f", "n = len(f)", FORMULAS),
    "three_sat_hard": ("f", "n = len(f)", FORMULAS),
    "max_cut": ("A", "n = len(A)", GRAPHS),
    "max_cut_hard": ("A", "n = len(A)", GRAPHS),
    "quadratic_assignment": ("F, D, P", QUICK, PLACEMENTS),
    "quadratic_assignment_hard": ("F, D, P", QUICK, PLACEMENTS),
}


def cases(task):
    """Each wrong program of a task: its name, text (to follow the strong solution's), deserved score, and words."""
    given, first, own = WRONG[task]
    before = "\n\nimport numpy as np\nright = algorithm\ndel algorithm\n"
    for name, (program, deserved, words) in ANY.items():
        yield f"any: {name}", before + program, deserved, words
    for name, (body, deserved, words) in own.items():
        yield name, f"{before}def algorithm({given}):\n    {first}\n    {body}\n", deserved, words
