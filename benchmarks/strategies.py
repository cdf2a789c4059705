"""How often the rules of `selftaught.strategies` agree with the labels of tests/labelled/improvers.

    python benchmarks/strategies.py [FOLDER]
    python benchmarks/strategies.py --held-out

Prints, for each strategy, in how many of the labelled programs it was found rightly, missed, and found wrongly, with
precision, recall and their 95% intervals (Wilson); then each program that is not judged as it is labelled.
``--held-out`` takes the improvers that were set aside.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from held_out import LABELLED, unpacked

from selftaught.statistics import wilson
from selftaught.strategies import STRATEGIES, Strategies, strategies_of

IMPROVERS = LABELLED / "improvers"
HELD_OUT = LABELLED / "improvers.held_out.tar.xz"


def judged(folder: Path) -> list[tuple[dict, Strategies]]:
    """Each label, and what the rules say of its file."""
    labels = tomllib.loads((folder / "labels.toml").read_text(encoding="utf-8"))["improver"]
    return [(label, strategies_of((folder / label["file"]).read_text(encoding="utf-8"))) for label in labels]


def counts(pairs: list[tuple[dict, Strategies]]) -> dict[str, tuple[int, int, int]]:
    """For each strategy: right, missed, wrongly found."""
    found = {}
    for name in STRATEGIES:
        truth = [(name in label["uses"], name in said.names) for label, said in pairs]
        found[name] = (truth.count((True, True)), truth.count((True, False)), truth.count((False, True)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=IMPROVERS, help="improvers with labels.toml")
    parser.add_argument(
        "--held-out",
        type=Path,
        nargs="?",
        const=HELD_OUT,
        help="the improvers set aside, or another such archive",
    )
    given = parser.parse_args()
    if given.held_out is None:
        tell(judged(given.folder))
        return
    with unpacked(given.held_out) as folder:
        tell(judged(folder))


def tell(pairs: list[tuple[dict, Strategies]]) -> None:
    table = counts(pairs)
    table["all"] = tuple(map(sum, zip(*table.values(), strict=True)))
    print(f"{'':22}right  missed  wrong  precision            recall")
    for name, (right, missed, wrong) in table.items():
        print(
            f"{name:22}{right:5}{missed:8}{wrong:7}  {share(right, right + wrong)}  {share(right, right + missed)}"
        )
    exact = sum(frozenset(label["uses"]) == said.names for label, said in pairs)
    low, high = wilson(exact, len(pairs))
    print(
        f"\n{exact} of {len(pairs)} programs ({low:.2f} to {high:.2f}) are judged exactly as they are labelled."
    )
    other = [(bool(label["other"]), bool(said.unexplained)) for label, said in pairs]
    print(
        f"new: right {other.count((True, True))}, missed {other.count((True, False))}, "
        f"wrong {other.count((False, True))}"
    )
    for label, said in pairs:
        missed, wrong = frozenset(label["uses"]) - said.names, said.names - frozenset(label["uses"])
        if missed or wrong:
            print(
                f"{label['file']}: missed {', '.join(sorted(missed)) or '-'}; wrong {', '.join(sorted(wrong)) or '-'}"
            )


def share(count: int, n: int) -> str:
    """A share with its interval, in columns."""
    if not n:
        return f"{'-':19}"
    low, high = wilson(count, n)
    return f"{count / n:4.2f} ({low:.2f} to {high:.2f})".ljust(19)


if __name__ == "__main__":
    main()
