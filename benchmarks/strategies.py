"""How often the rules of `selftaught.strategies` agree with the labels of tests/labelled: improvers and composed.

    python benchmarks/strategies.py [FOLDER ...]
    python benchmarks/strategies.py --held-out

Prints, for each strategy, in how many of the labelled programs it was found rightly, missed, and found wrongly, with
precision, recall and their 95% intervals (Wilson); then each program that is not judged as it is labelled. A strategy
of which the labels of an answer are unsure is not counted there. ``--held-out`` takes those that were set aside.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path

from held_out import LABELLED, unpacked

from selftaught.program import extract_code
from selftaught.statistics import wilson
from selftaught.strategies import STRATEGIES, Strategies, strategies_of

FOLDERS = LABELLED / "improvers", LABELLED / "composed"
HELD_OUT = LABELLED / "improvers.held_out.tar.xz"


@dataclass(frozen=True)
class Judged:
    """A program: what its labels say it uses, of which strategies they are unsure, and what the rules say."""

    file: str
    uses: frozenset[str]
    unsure: frozenset[str]
    other: str | None  # an idea that no label names; None where nobody said
    said: Strategies

    @property
    def missed(self) -> frozenset[str]:
        return self.uses - self.said.names - self.unsure

    @property
    def wrong(self) -> frozenset[str]:
        return self.said.names - self.uses - self.unsure


def judged(folder: Path) -> list[Judged]:
    """What labels and rules say of each file of a folder: improvers (.py), or answers that hold one (.md)."""
    labels = tomllib.loads((folder / "labels.toml").read_text(encoding="utf-8"))
    found = []
    for file, label in labels.items() if "improver" not in labels else [
        (each["file"], {**each, "labels": each["uses"]}) for each in labels["improver"]
    ]:  # fmt: skip
        text = (folder / file).read_text(encoding="utf-8")
        said = strategies_of((extract_code(text) or "") if file.endswith(".md") else text)
        uses, unsure = frozenset(label["labels"]), frozenset(label.get("unsure", ()))
        found.append(Judged(file, uses, unsure, label.get("other"), said))
    return found


def counts(all_: list[Judged]) -> dict[str, tuple[int, int, int]]:
    """For each strategy: right, missed, wrongly found."""
    found = {}
    for name in STRATEGIES:
        truth = [(name in one.uses, name in one.said.names) for one in all_ if name not in one.unsure]
        found[name] = (truth.count((True, True)), truth.count((True, False)), truth.count((False, True)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "folder", type=Path, nargs="*", default=FOLDERS, help="labelled programs, with labels.toml"
    )
    parser.add_argument(
        "--held-out",
        type=Path,
        nargs="?",
        const=HELD_OUT,
        help="the improvers set aside, or another such archive",
    )
    given = parser.parse_args()
    if given.held_out is not None:
        with unpacked(given.held_out) as folder:
            report(judged(folder))
        return
    for folder in given.folder:
        print(f"{folder.name}:\n")
        report(judged(folder))
        print()


def report(all_: list[Judged]) -> None:
    """Print the table of one folder, and what is not as labelled."""
    table = counts(all_)
    table["all"] = tuple(map(sum, zip(*table.values(), strict=True)))
    print(f"{'':22}right  missed  wrong  precision            recall")
    for name, (right, missed, wrong) in table.items():
        print(
            f"{name:22}{right:5}{missed:8}{wrong:7}  {share(right, right + wrong)}  {share(right, right + missed)}"
        )
    exact = sum(not one.missed | one.wrong for one in all_)
    low, high = wilson(exact, len(all_))
    print(
        f"\n{exact} of {len(all_)} programs ({low:.2f} to {high:.2f}) are judged exactly as they are labelled."
    )
    other = [(bool(one.other), bool(one.said.unexplained)) for one in all_ if one.other is not None]
    if other:
        print(
            f"new: right {other.count((True, True))}, missed {other.count((True, False))}, "
            f"wrong {other.count((False, True))}"
        )
    else:
        print(f"new: said of {sum(bool(one.said.unexplained) for one in all_)}; not labelled")
    for one in all_:
        if one.missed or one.wrong:
            missed, wrong = (", ".join(sorted(names)) or "-" for names in (one.missed, one.wrong))
            print(f"{one.file}: missed {missed}; wrong {wrong}")


def share(count: int, n: int) -> str:
    """A share with its interval, in columns."""
    if not n:
        return f"{'-':19}"
    low, high = wilson(count, n)
    return f"{count / n:4.2f} ({low:.2f} to {high:.2f})".ljust(19)


if __name__ == "__main__":
    main()
