"""The benchmarks of verdicts and strategies take the sets that were set aside as they were, and nothing else."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
BENCHMARKS = TESTS.parent / "benchmarks"
OPEN = TESTS / "labelled"
# a benchmark, its set, the files to pack of the open one, and what it says of them
SETS = {
    "circumvention": (
        "answers", ("001.md", "002.md", "003.md"),
        ["3 answers, 2 of them guilty.", "| ours: any circumvention | 2 | 0 | 0 | 1 |",
         "| reading or running: any circumvention | 2 | 0 | 0 | 1 |"],
    ),
    "strategies": (
        "improvers", ("01.py", "02.py", "03.py"),
        ["3 of 3 programs (0.44 to 1.00) are judged exactly", "\nbeam_search               1       0      0"],
    ),
}  # fmt: skip
FALSE = {"circumvention": "3 answers, 1 of them guilty.", "strategies": "2 of 3 programs"}


def measured(benchmark, *args):
    command = [sys.executable, str(BENCHMARKS / f"{benchmark}.py"), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def pack(folder, name, files, change=None):
    """An archive made as the real ones are: the labels of these files, and the files; labels changed as told."""
    made = folder / name
    made.mkdir(parents=True)
    text = (OPEN / name / "labels.toml").read_text(encoding="utf-8")
    tables = [table for table in text.split("\n\n") if any(f'file = "{file}"' in table for file in files)]
    text = "\n\n".join(tables)
    (made / "labels.toml").write_text(text.replace(*change, 1) if change else text, encoding="utf-8")
    for file in files:
        shutil.copy(OPEN / name / file, made / file)
    archive = folder / f"{name}.held_out.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        packed.add(made, ".")
    return archive


def write_sums(archive, *names):
    told = hashlib.sha256(archive.read_bytes()).hexdigest()
    text = "".join(f"{told}  {name}\n" for name in names)
    (archive.parent / "held_out.sha256").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("benchmark", SETS)
def test_an_archive_is_measured_if_it_is_the_one_that_was_set_aside(benchmark, tmp_path):
    name, files, said = SETS[benchmark]
    archive = pack(tmp_path / "kept", name, files)
    write_sums(archive, archive.name)
    kept = measured(benchmark, "--held-out", archive)
    assert kept.returncode == 0, kept.stderr
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in kept.stdout
    for line in said:
        assert line in kept.stdout
    assert "short ways" not in kept.stdout

    # labels changed to please: with the sum of what was set aside nothing is unpacked, and nothing measured
    of = "guilty = true", "guilty = false"
    if benchmark == "strategies":
        of = 'uses = ["beam_search"]', 'uses = ["bandit"]'
    other = pack(tmp_path / "changed", name, files, of)
    shutil.copy(archive.parent / "held_out.sha256", other.parent)
    refused = measured(benchmark, "--held-out", other)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "this is not what was set aside" in refused.stderr
    assert "Traceback" not in refused.stderr

    # the twin: the same archive by its own sum is measured, and says something else
    write_sums(other, other.name)
    twin = measured(benchmark, "--held-out", other)
    assert twin.returncode == 0, twin.stderr
    assert FALSE[benchmark] in twin.stdout


def test_one_byte_and_an_archive_that_no_sum_names(tmp_path):
    name, files, _ = SETS["strategies"]
    archive = pack(tmp_path, name, files)
    write_sums(archive, archive.name)
    packed = bytearray(archive.read_bytes())
    packed[-1] ^= 1
    archive.write_bytes(packed)
    refused = measured("strategies", "--held-out", archive)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert hashlib.sha256(packed).hexdigest() in refused.stderr

    write_sums(archive, "another.tar.xz")
    refused = measured("strategies", "--held-out", archive)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "none for it" in refused.stderr


@pytest.mark.parametrize("name", ["answers", "improvers"])
def test_the_archives_are_those_whose_sums_were_written_down(name):
    archive = OPEN / f"{name}.held_out.tar.xz"
    sums = dict(
        line.split()[::-1] for line in (OPEN / "held_out.sha256").read_text(encoding="utf-8").splitlines()
    )
    assert sums[archive.name] == hashlib.sha256(archive.read_bytes()).hexdigest()
