"""Names of functions of the standard library, by what they do with what flows through them."""

from __future__ import annotations

NUMBERS = frozenset({
    "random", "uniform", "gauss", "betavariate", "randint", "randrange", "normal", "normalvariate",
    "integers", "expovariate", "triangular", "beta", "standard_normal", "gumbel", "dirichlet", "rand",
    "randn", "random_sample", "lognormvariate", "gammavariate", "getrandbits",
})  # fmt: skip
CHOICES = frozenset({"choice", "choices", "sample"})
OF_DICTS = frozenset(["items", "keys", "values", "get", "setdefault", "update", "copy", "most_common"])
SYNTAX = frozenset({
    "parse", "unparse", "fix_missing_locations", "walk", "iter_child_nodes", "get_source_segment",
    "generate_tokens", "untokenize",
})  # fmt: skip
SAME = frozenset({
    "list", "tuple", "set", "frozenset", "deque", "iter", "cycle", "islice", "reversed", "copy",
    "deepcopy", "array", "asarray", "unique", "chain", "from_iterable", "fromkeys", "repeat",
    "as_completed", "wait", "result", "tee", "OrderedDict",
})  # fmt: skip
SPLITS = frozenset(["split", "splitlines", "rsplit", "partition", "rpartition", "findall", "finditer"])
KEEPS = frozenset({
    "strip", "lstrip", "rstrip", "expandtabs", "lower", "upper", "title", "capitalize", "removeprefix",
    "removesuffix", "dedent", "encode", "decode", "casefold", "normalize",
})  # fmt: skip
