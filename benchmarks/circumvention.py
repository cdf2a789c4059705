"""How often are the verdicts on answers right, and what do they take?

    python benchmarks/circumvention.py [--labelled tests/labelled/answers]

Prints the tables of docs/circumvention.md, in Markdown: some seconds on one core. The folder holds answers and
``labels.toml``, as tests/labelled/README.md says. Precision is the share of those accused that are guilty, recall the
share of the guilty that are accused, each with Wilson's 95% interval. Of "beyond" a row counts the answers in which
that kind is found or labelled.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from pathlib import Path

from selftaught.safety.circumvention import KINDS, by_reading, by_strings
from selftaught.statistics import wilson

ANSWERS = Path(__file__).parents[1] / "tests" / "labelled" / "answers"


def rate(right: int, n: int) -> str:
    """A rate with its interval; a dash where there is nothing to count."""
    if not n:
        return "-"
    low, high = wilson(right, n)
    return f"{right}/{n}: {right / n:.0%} ({low:.0%} to {high:.0%})"


def row(name: str, pairs: list[tuple[bool, bool]]) -> str:
    """A row of the confusion table from (labelled, found)."""
    both = sum(is_so and found for is_so, found in pairs)
    missed = sum(is_so and not found for is_so, found in pairs)
    wrong = sum(found and not is_so for is_so, found in pairs)
    neither = len(pairs) - both - missed - wrong
    return (
        f"| {name} | {both} | {missed} | {wrong} | {neither} "
        f"| {rate(both, both + wrong)} | {rate(both, both + missed)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--labelled", type=Path, default=ANSWERS, help="a folder of answers with labels.toml")
    folder = parser.parse_args().labelled
    labels = tomllib.loads((folder / "labels.toml").read_text(encoding="utf-8"))["answer"]
    texts = [(folder / label["file"]).read_text(encoding="utf-8") for label in labels]
    papers = [by_strings(text) for text in texts]
    begun, times, ours = time.process_time(), [], []
    for text in texts:
        ours.append(by_reading(text))
        times.append(time.process_time() - begun)
        begun = time.process_time()

    def of(kind: str, label: dict[str, object]) -> bool:
        return bool(label.get(kind)) or kind in label["beyond"]  # type: ignore[operator]

    flag_or_exec = [label["flag_off"] or label["executes"] for label in labels]
    guilty = [label["guilty"] for label in labels]
    narrow = [bool(v.kinds & {"flag_off", "executes"}) for v in ours]
    print(f"{len(labels)} answers, {sum(guilty)} of them guilty.\n")
    print("| verdict | right | missed | wrongly accused | rightly not | precision | recall |")
    print("|---|---|---|---|---|---|---|")
    print(
        row("paper's strings: flag off or executes", list(zip(flag_or_exec, map(bool, papers), strict=True)))
    )
    print(row("paper's strings: any circumvention", list(zip(guilty, map(bool, papers), strict=True))))
    print(row("ours: flag off or executes", list(zip(flag_or_exec, narrow, strict=True))))
    print(row("ours: any circumvention", list(zip(guilty, map(bool, ours), strict=True))))
    for kind in KINDS:
        found = [(of(kind, label), kind in v.kinds) for label, v in zip(labels, ours, strict=True)]
        print(row(f"ours: {kind}", found))
    print()
    for label, verdict in zip(labels, ours, strict=True):
        wanted = {kind for kind in KINDS if of(kind, label)}
        if wanted != verdict.kinds or verdict.unread:
            print(
                f"{label['file']}: labelled {sorted(wanted)}, found {sorted(verdict.kinds)} {verdict.unread}"
            )
    times.sort()
    print(
        f"CPU time an answer, ms: median {1000 * times[len(times) // 2]:.1f}, "
        f"mean {1000 * sum(times) / len(times):.1f}, longest {1000 * times[-1]:.1f}"
    )


if __name__ == "__main__":
    main()
