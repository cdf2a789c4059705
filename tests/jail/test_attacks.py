"""Every attack of the suite, in every tier, as each kind of user; and with all layers off, where it has to get away.

One process for each user sends in all attacks, in a throw-away namespace; the tests look up what came of theirs.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attacks import filters, runner, throwaway, users
from attacks.throwaway import Unavailable
from attacks.users import HERE
from processes import descendants, eventually, running

from selftaught.jail import attacks, layers

SUITE = {str(attack): attack for attack in attacks.suite()}
THROWN_AWAY = {"root, thrown away": throwaway.ROOT, "plain, thrown away": throwaway.PLAIN}
PROTOCOL, RESOURCES = (
    [name for name, attack in SUITE.items() if attack.group == group] for group in ("protocol", "resources")
)


ALREADY = "root" if os.geteuid() == 0 else "plain"
"""Who runs the tests, and so has sent in the attacks on the protocol: in ``test_protocol_attacks.py``."""


def _tiers(who):
    """The passes of a user of this machine. What does not depend on privileges is tried by three kinds of user."""
    save = [] if who in ("root", "plain", "refused") else PROTOCOL + RESOURCES
    if who == ALREADY:
        save = PROTOCOL
    return {tier: {"isolation": tier, "save": save} for tier in ("strong", "standard")}


def _alone(layer):
    """The pass of one layer. What takes long where nothing stops it is asked of all layers by the ablation only."""
    unasked = [name for name in RESOURCES if layer not in SUITE[name].stopped_by]
    return {**runner.alone(layer), "save": PROTOCOL + unasked}  # the protocol has tests and twins of its own


PASSES = {who: _tiers(who) for who in HERE} | {
    who: {
        "weak": {"isolation": "weak", "save": PROTOCOL if who.startswith(ALREADY) else []},
        "nothing": {**runner.NOTHING, "save": PROTOCOL},
        **{layer: _alone(layer) for layer in runner.ALONE},
    }
    for who in THROWN_AWAY
}


@pytest.fixture(scope="session")
def batches(request):
    """What came of each batch that a chosen test needs: by the users' names, begun at once, some at a time."""
    wanted = {_params(item).get("batch") for item in request.session.items}
    with ThreadPoolExecutor(3) as pool:  # some of it waits
        begun = {
            who: pool.submit(users.run_thrown_away, PASSES[who], root=user.root)
            for who, user in THROWN_AWAY.items()
            if who in wanted
        }
        yield begun | {
            who: pool.submit(users.run, PASSES[who], user) for who, user in HERE.items() if who in wanted
        }


def _params(item):
    return item.callspec.params if hasattr(item, "callspec") else {}


@pytest.fixture
def happened(batches, record_property):
    """What came of an attack in one pass of a batch; skips where there is no such batch or pass here."""

    def happened(batch, which, name):
        try:
            answer = batches[batch].result()[which]
        except Unavailable as problem:
            pytest.skip(f"{batch}: {problem}")
        if "missing" in answer:
            pytest.skip(f"{batch}: {which} is not there: {answer['missing']}")
        record_property(f"{name} in {which} as {batch}", answer["found"][name]["words"])
        return answer["found"][name]

    return happened


def _each(names, who, tier=None):
    return [
        pytest.param(name, who, *filter(None, [tier]), id="-".join(filter(None, [name, tier, who])))
        for name in names
    ]


def _tried(who, tier, *, promised):
    """The attacks that this user sends into a tier that promises, or does not promise, to stop them."""
    save = PASSES[who][tier]["save"]
    return [
        name for name, attack in SUITE.items() if name not in save and attack.stopped_in(tier) == promised
    ]


USERS_TIERS = [
    *((who, tier) for tier in ("strong", "standard") for who in HERE),
    *((who, "weak") for who in THROWN_AWAY),
]


@pytest.mark.parametrize(
    ("name", "batch", "tier"),
    [each for who, tier in USERS_TIERS for each in _each(_tried(who, tier, promised=True), who, tier)],
)
def test_an_attack_is_stopped_in_a_tier_that_promises_it(name, batch, tier, happened):
    found, attack = happened(batch, tier, name), SUITE[name]
    assert found["held"], f"{attack.what}: {found['words']}"
    assert found["right"], f"{found['status']} instead of {'|'.join(attack.verdict)}: {found['words']}"


@pytest.mark.parametrize(("batch", "tier"), USERS_TIERS)
def test_an_attack_that_a_tier_does_not_promise_to_stop_gets_away_in_it(batch, tier, happened):
    tried = [name for name in _tried(batch, tier, promised=False) if not SUITE[name].no_twin]
    held = {name: found["words"] for name in tried if (found := happened(batch, tier, name))["held"]}
    assert held == {}, "more could be promised"


WITH_TWIN = [name for name, attack in SUITE.items() if name not in PROTOCOL and not attack.no_twin]
TWINS = [
    *_each(WITH_TWIN, "root, thrown away"),
    *_each([name for name in WITH_TWIN if not SUITE[name].root_only], "plain, thrown away"),
]


def works(name, batch, happened):
    """With all layers off; skips where that cannot be seen here."""
    found = happened(batch, "nothing", name)
    if found["held"] and SUITE[name].root_only and os.geteuid() != 0:
        pytest.skip(f"only the machine's root could, and a plain user runs the tests: {found['words']}")
    return not found["held"], found["words"]


@pytest.mark.parametrize(("name", "batch"), TWINS)
def test_with_all_layers_off_the_same_attack_gets_away(name, batch, happened):
    got_away, words = works(name, batch, happened)
    assert got_away, f"the test of this attack shows nothing: even where nothing forbids it: {words}"


@pytest.mark.parametrize(("name", "batch"), TWINS)
def test_the_layers_that_an_attack_names_are_those_that_stop_it_alone(name, batch, happened):
    if layers.landlock_abi() < 6:
        pytest.skip(f"Landlock's version is {layers.landlock_abi()}: the files speak of 6 and later")
    if not works(name, batch, happened)[0]:
        pytest.skip("it does not get away with all layers off, so nothing is learned of a layer")
    asked = {layer for layer in runner.ALONE if name not in PASSES[batch][layer]["save"]}
    measured = {layer for layer in asked if happened(batch, layer, name)["held"]}
    assert measured == SUITE[name].stopped_by & asked


def test_there_are_enough_attacks_in_every_group_and_no_two_are_the_same():
    assert len(SUITE) >= 80
    assert {attack.group for attack in SUITE.values()} == set(attacks.GROUPS)
    assert len({attack.program.text for attack in SUITE.values()}) == len(SUITE)
    assert len({attack.what for attack in SUITE.values()}) == len(SUITE)


def on_the_page():
    """What docs/ablation.md says of each attack: the layers that stop it alone."""
    said, group, columns = {}, "", []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("#"):
            group = line.strip("# ")
        elif cells[0] == group:
            columns = cells
        elif group in attacks.GROUPS and line.startswith("|") and set(cells[0]) != {"-"}:
            said[f"{group}/{cells[0]}"] = {columns[at] for at, cell in enumerate(cells) if cell == "●"}
    return said


DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "ablation.md"


def test_the_page_of_the_ablation_says_what_the_attacks_files_say():
    said = on_the_page()
    words = "make it anew: python benchmarks/ablation.py --output docs/ablation.md"
    assert {name for name in SUITE if name not in said and name not in PAGE.read_text()} == set(), words
    assert said == {name: SUITE[name].stopped_by for name in said if name in SUITE}, words


def test_the_docs_count_the_attacks_and_the_permitted_calls_as_they_are():
    security, readme = ((DOCS / name).read_text() for name in ("security.md", "../README.md"))
    improvers = list((Path(__file__).parents[1] / "attacks" / "improvers").glob("[!_]*.py"))
    assert f"There are {len(SUITE)}, and {len(improvers)} improvers that attack" in security
    assert f"{len(SUITE)} attacks with their verdicts" in readme
    x86_64, aarch64 = (len(layers.MACHINES[name].calls) for name in ("x86_64", "aarch64"))
    assert f"{x86_64} system calls on x86-64 ({aarch64} on aarch64)" in security


# --- users from whom something is withheld ----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["refused", "docker", "root in docker"])
def test_where_user_namespaces_are_refused_the_doctor_says_so_and_standard_holds(who):
    try:
        tiers = throwaway.run(runner.examine, user=HERE[who])
    except Unavailable as problem:
        pytest.skip(str(problem))
    assert "namespaces" in tiers["strong"]["missing"]
    assert tiers["standard"] == {"missing": "", "alive": []}


EPERM, ENOSYS = 1, 38
BY_DOCKER = {
    "clone3": ENOSYS,
    "a socket of the cipher family": EPERM,
    "a unix socket": 0,
    "which personality": 0,
    "unshare of nothing": EPERM,
    "a user namespace": EPERM,
}


@pytest.mark.parametrize("who", [who for who in HERE if who not in ("root", "plain")])
def test_what_is_withheld_from_a_user_is_withheld_by_the_kernel(who):
    try:
        answers = throwaway.run(filters.refusals, user=HERE[who])
    except Unavailable as problem:
        pytest.skip(str(problem))
    assert answers["a user namespace"] != 0
    if "docker" in who:
        assert answers == BY_DOCKER


# --- the throw-away namespace --------------------------------------------------------------------------------

SCRATCH = ("/tmp", "/var/tmp", "/dev/shm")
MS_REMOUNT, MS_BIND, MNT_DETACH = 32, 4096, 2


def write_everywhere():
    """The folders in which this process can make a file, after it has tried to make all writable again."""
    libc, written = ctypes.CDLL(None), []
    for mount in Path("/proc/self/mountinfo").read_text().splitlines():
        place = mount.split()[4].encode()
        libc.mount(None, place, None, ctypes.c_ulong(MS_REMOUNT | MS_BIND), None)
        libc.umount2(place, MNT_DETACH)
    for folder in ("/", "/etc", "/root", "/home", *SCRATCH, str(Path(__file__).parent)):
        path = Path(folder, "selftaught-was-here")
        try:
            path.write_text("x")
        except OSError:
            continue
        written.append(folder)
    return written


@pytest.mark.parametrize("who", THROWN_AWAY)
def test_what_is_written_in_the_throw_away_namespace_is_nowhere_else(who):
    try:
        written = throwaway.run(write_everywhere, user=THROWN_AWAY[who])
    except Unavailable as problem:
        pytest.skip(str(problem))
    assert set(written) <= set(SCRATCH)
    assert "/tmp" in written
    assert not [folder for folder in written if Path(folder, "selftaught-was-here").exists()]


def leave_processes(mark):
    """Start processes that would outlive this one, and wait."""
    for _ in range(2):
        subprocess.Popen(
            [sys.executable, "-S", "-c", f"import time; time.sleep(600) #{mark}"], start_new_session=True
        )
    time.sleep(600)


def marked(mark):
    """The processes that have this mark in their command line."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "cmdline").read_text():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def test_after_the_deadline_nothing_of_a_throw_away_namespace_is_left(tmp_path):
    mark = f"mark-{os.getpid()}-deadline"
    try:
        with pytest.raises(TimeoutError, match="leave_processes as root: more than 2 s"):
            throwaway.run(leave_processes, mark, deadline_s=2)
    except Unavailable as problem:
        pytest.skip(str(problem))
    assert eventually(lambda: not marked(mark)), marked(mark)


def test_a_throw_away_namespace_ends_with_the_process_that_made_it():
    mark = f"mark-{os.getpid()}-parent"
    script = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        f"import test_attacks\n"
        f"test_attacks.throwaway.run(test_attacks.leave_processes, {mark!r}, deadline_s=600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as owner:
        if not eventually(lambda: len(marked(mark) - {owner.pid}) >= 3 or owner.poll() is not None):
            pytest.fail("it did not begin")
        if owner.poll() is not None:
            pytest.skip(f"it did not begin: {owner.stderr.read().splitlines()[-1]}")
        left = descendants(owner.pid)
        assert len(left) >= 4
        os.kill(owner.pid, signal.SIGKILL)
        assert eventually(lambda: not running(left)), running(left)


# --- the suite's own format ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stoped by: seccomp", "its docstring's lines are"),
        ("stopped by: seccomp\nstopped by: watch", "each once"),
        ("stopped by: seccompp", "no layer is called seccompp"),
        ("stopped by: seccomp\ncanary: quik", "canary is 'quick' or 'yes', not 'quik'"),
        ("stopped by: seccomp\ntwin: the kernel refuses it", "twin is 'none: ' and why"),
        ("stopped by: seccomp\nlimits: cpu=1", "cpu"),
    ],
)
def test_what_is_misspelt_in_an_attacks_docstring_is_an_error(line, words, tmp_path):
    path = tmp_path / "an_attack.py"
    path.write_text(f'"""Does something.\n\n{line}\n"""\n')
    with pytest.raises((ValueError, KeyError), match=words):
        attacks._read(path)
