"""Short improvers, each with the strategies that it uses: what the rules of `selftaught.strategies` are tried on.

The names of variables, comments and docstrings in some of them say what they don't do.
"""
# ruff: noqa: E501, as a model would write them

HEAD = "from helpers import extract_code\n"

PROGRAMS: dict[str, tuple[set[str], str]] = {
    "beam_listcomp": (
        {"beam_search", "score_cache"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    beam = [initial_solution]
    scores = {initial_solution: utility(initial_solution)}
    while language_model.remaining > 0:
        pool = list(beam)
        for parent in beam:
            if not language_model.remaining:
                break
            out = language_model.prompt("x", "Improve\n" + parent + utility.str, n_responses=2)
            pool += [c for c in extract_code(out) if c]
        for p in pool:
            if p not in scores:
                scores[p] = utility(p)
        pool = sorted(set(pool), key=lambda p: scores[p], reverse=True)
        beam = pool[:4]
    return beam[0]
""",
    ),
    "ga_truncated": (
        {"genetic_model"},
        r"""
import random
def improve_algorithm(initial_solution, utility, language_model):
    pop = [(utility(initial_solution), initial_solution)]
    for g in range(language_model.budget):
        kids = []
        for _ in range(3):
            a = random.choice(pop)[1]
            b = random.choice(pop)[1]
            kids.append("Combine:\n%s\n\nand\n%s\n%s" % (a, b, utility.str))
        res = language_model.batch_prompt("bio", kids)
        for c in extract_code(res):
            if c:
                pop.append((utility(c), c))
        pop = sorted(pop, key=lambda t: t[0])[-5:]
    return max(pop)[1]
""",
    ),
    "ga_index_pick": (
        {"genetic_model"},
        r"""
import numpy as np
def improve_algorithm(initial_solution, utility, language_model):
    rng = np.random.default_rng(0)
    texts, fits = [initial_solution], [utility(initial_solution)]
    for _ in range(language_model.budget):
        w = np.array(fits) + 1e-9
        idx = rng.choice(len(texts), size=4, p=w / w.sum())
        msgs = [f"Mutate this:\n{texts[i]}\n{utility.str}" for i in idx]
        for c in extract_code(language_model.batch_prompt("", msgs)):
            if c:
                texts.append(c)
                fits.append(utility(c))
    return texts[int(np.argmax(fits))]
""",
    ),
    "hill_while_patience": (
        {"early_stopping", "local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    incumbent, value, stale = initial_solution, utility(initial_solution), 0
    while stale < 3 and language_model.remaining:
        found = False
        for c in extract_code(language_model.prompt("e", f"Better:\n{incumbent}\n{utility.str}", 3)):
            if not c: continue
            v = utility(c)
            if v <= value: continue
            incumbent, value, found = c, v, True
        stale = 0 if found else stale + 1
    return incumbent
""",
    ),
    "sa_accept_func": (
        {"annealing"},
        r"""
import math, random
def accept(cur, new, temp):
    if new > cur:
        return True
    if random.random() < math.exp((new - cur) / max(temp, 1e-9)):
        return True
    return False
def improve_algorithm(initial_solution, utility, language_model):
    s, e, temp = initial_solution, utility(initial_solution), 0.5
    best, be = s, e
    for _ in range(language_model.budget):
        r = extract_code(language_model.prompt("e", "Vary:\n" + s + utility.str)[0])
        temp *= 0.8
        if not r:
            continue
        ne = utility(r)
        if accept(e, ne, temp):
            s, e = r, ne
        if ne > be:
            best, be = r, ne
    return best
""",
    ),
    "sa_const_temp": (
        set(),
        r"""
import math, random
def improve_algorithm(initial_solution, utility, language_model):
    s, e = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        r = extract_code(language_model.prompt("e", "Vary:\n" + s + utility.str)[0])
        ne = utility(r) if r else 0.0
        if r and (ne > e or random.random() < math.exp((ne - e) / 0.1)):
            s, e = r, ne
    return s
""",
    ),
    "temps_zip": (
        {"temperature_schedule"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    msg = "Improve:\n" + initial_solution + utility.str
    out = []
    for t, _ in zip([0.2, 0.7, 1.1], range(language_model.budget)):
        out += language_model.prompt("e", msg, n_responses=2, temperature=t)
    return max([initial_solution] + [c for c in extract_code(out) if c], key=utility)
""",
    ),
    "temps_remaining": (
        {"local_search", "temperature_schedule"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best = (utility(initial_solution), initial_solution)
    while language_model.remaining:
        t = 0.2 + 0.8 * language_model.remaining / language_model.budget
        for c in extract_code(language_model.prompt("e", "Improve:\n" + best[1] + utility.str, temperature=t)):
            if c:
                best = max(best, (utility(c), c))
    return best[1]
""",
    ),
    "temps_random": (
        set(),
        r"""
import random
def improve_algorithm(initial_solution, utility, language_model):
    msg = "Improve:\n" + initial_solution + utility.str
    out = []
    for _ in range(language_model.budget):
        out += language_model.prompt("e", msg, temperature=random.choice([0.5, 1.0]))
    return max([initial_solution] + [c for c in extract_code(out) if c], key=utility)
""",
    ),
    "bandit_temps": (
        {"bandit"},
        r"""
import math
def improve_algorithm(initial_solution, utility, language_model):
    temps = [0.3, 0.7, 1.1]
    stats = {t: [0, 0.0] for t in temps}
    best, bs = initial_solution, utility(initial_solution)
    n = 0
    while language_model.remaining:
        n += 1
        def ucb(t):
            k, total = stats[t]
            return float("inf") if k == 0 else total / k + math.sqrt(2 * math.log(n) / k)
        t = max(temps, key=ucb)
        for c in extract_code(language_model.prompt("e", "Improve:\n" + initial_solution + utility.str, temperature=t)):
            s = utility(c) if c else 0.0
            stats[t][0] += 1
            stats[t][1] += s
            if s > bs:
                best, bs = c, s
    return best
""",
    ),
    "bandit_softmax": (
        {"bandit", "hints"},
        r"""
import math, random
STYLES = ["make it faster", "make it simpler", "use recursion"]
def improve_algorithm(initial_solution, utility, language_model):
    rewards = [[] for _ in STYLES]
    best, bs = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        means = [sum(r) / len(r) if r else 1.0 for r in rewards]
        i = random.choices(range(len(STYLES)), weights=[math.exp(m / 0.1) for m in means])[0]
        out = language_model.prompt("e", f"{STYLES[i]}\n{initial_solution}\n{utility.str}")
        for c in extract_code(out):
            s = utility(c) if c else 0
            rewards[i].append(s)
            if s > bs: best, bs = c, s
    return best
""",
    ),
    "bandit_manual_argmax": (
        {"bandit", "hints"},
        r"""
import math
STYLES = ("make it faster please", "make it simpler please")
def improve_algorithm(initial_solution, utility, language_model):
    n = [0, 0]; q = [0.0, 0.0]
    best, bs = initial_solution, utility(initial_solution)
    for step in range(language_model.budget):
        pick, top = 0, -1.0
        for i in range(2):
            u = q[i] + math.sqrt(math.log(step + 1) / (n[i] + 1))
            if u > top:
                pick, top = i, u
        code = extract_code(language_model.prompt(STYLES[pick], "Do it:\n" + initial_solution + utility.str)[0])
        r = utility(code) if code else 0.0
        n[pick] += 1
        q[pick] = q[pick] + (r - q[pick]) / n[pick]
        if r > bs: best, bs = code, r
    return best
""",
    ),
    "eps_prior": (
        {"epsilon_greedy"},
        r"""
import random
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        base = max(pool, key=lambda p: p[0])
        if random.random() < 0.1:
            base = random.choice(pool)
        for c in extract_code(language_model.prompt("e", f"Improve {base[1]} {utility.str}", 2)):
            if c: pool.append((utility(c), c))
    return max(pool)[1]
""",
    ),
    "decomp_plan": (
        {"decomposition"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    ideas = language_model.prompt("planner", "List ideas for\n" + initial_solution + utility.str)[0]
    out = language_model.prompt("coder", f"Program:\n{initial_solution}\nIdeas:\n{ideas}\nWrite it.", 4)
    return max([initial_solution, *filter(None, extract_code(out))], key=utility)
""",
    ),
    "decomp_names": (
        {"decomposition", "local_search"},
        r"""
import re
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    for name in re.findall(r"def (\w+)", initial_solution)[:language_model.budget]:
        for c in extract_code(language_model.prompt("e", f"Rewrite only the function {name} of\n{best}\n{utility.str}", 2)):
            if c and utility(c) > bs:
                best, bs = c, utility(c)
    return best
""",
    ),
    "ensemble_vote": (
        {"ensemble"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    out = language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", n_responses=3)
    progs = [c for c in extract_code(out) if c]
    src = "SOURCES = " + repr(progs) + "\n" + "def algorithm(*a):\n    votes=[]\n    for s in SOURCES:\n        d={}\n        exec(s,d)\n        votes.append(d['algorithm'](*a))\n    return max(votes, key=votes.count)"
    return src if utility(src) > utility(initial_solution) else initial_solution
""",
    ),
    "ensemble_two": (
        {"ensemble"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    out = language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", n_responses=3)
    progs = sorted([c for c in extract_code(out) if c], key=utility, reverse=True)
    if len(progs) < 2:
        return initial_solution
    first, second = progs[0], progs[1]
    m = extract_code(language_model.prompt("e", f"Unite\n{first}\nwith\n{second}\n{utility.str}")[0])
    return max([first, m or first], key=utility)
""",
    ),
    "lru": (
        {"local_search", "score_cache"},
        r"""
from functools import lru_cache
def improve_algorithm(initial_solution, utility, language_model):
    @lru_cache(maxsize=None)
    def f(code):
        return utility(code)
    best = initial_solution
    for _ in range(language_model.budget):
        cands = [c for c in extract_code(language_model.prompt("e", f"Improve\n{best}\n{utility.str}", 3)) if c]
        best = max([best] + cands, key=f)
    return best
""",
    ),
    "cache_get": (
        {"score_cache"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    memo = {}
    def ev(p):
        s = memo.get(p)
        if s is None:
            s = utility(p)
            memo[p] = s
        return s
    outs = language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 5)
    return max([initial_solution] + [c for c in extract_code(outs) if c], key=ev)
""",
    ),
    "restart_outer": (
        {"early_stopping", "local_search", "restarts"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    top = (utility(initial_solution), initial_solution)
    base = top[0]
    while language_model.remaining and top[0] < 0.999:
        cur, cs, fails = initial_solution, base, 0
        while fails < 2 and language_model.remaining:
            ok = False
            for c in extract_code(language_model.prompt("e", f"Improve\n{cur}\n{utility.str}", 3)):
                if c:
                    s = utility(c)
                    if s > cs:
                        cur, cs, ok = c, s, True
            fails = 0 if ok else fails + 1
        if cs > top[0]:
            top = (cs, cur)
    return top[1]
""",
    ),
    "reflect_errors": (
        {"local_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    history = []
    for _ in range(language_model.budget):
        notes = "\n".join(history[-3:])
        code = extract_code(language_model.prompt("e", f"Improve\n{best}\n{utility.str}\nTried:\n{notes}")[0])
        if not code: continue
        s = utility(code)
        history.append(f"an attempt scored {s}")
        if s > bs: best, bs = code, s
    return best
""",
    ),
    "reflect_unused": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    feedback = ""
    for _ in range(language_model.budget):
        msg = f"Improve\n{best}\n{utility.str}"
        code = extract_code(language_model.prompt("e", msg)[0])
        if not code: continue
        s = utility(code)
        feedback += f"an attempt scored {s}: {utility.why(code)}"
        if s > bs: best, bs = code, s
    return best
""",
    ),
    "hints_enumerate": (
        {"hints"},
        r"""
ROLES = {"a": "You are a mathematician", "b": "You are a hacker"}
def improve_algorithm(initial_solution, utility, language_model):
    found = []
    for key, role in ROLES.items():
        found += extract_code(language_model.prompt(role, f"Improve\n{initial_solution}\n{utility.str}"))
    return max([initial_solution] + [c for c in found if c], key=utility)
""",
    ),
    "hints_all_in_one": (
        set(),
        r"""
RULES = ["be fast", "be right", "be short"]
def improve_algorithm(initial_solution, utility, language_model):
    rules = "\n".join(f"{i}. {r}" for i, r in enumerate(RULES, 1))
    text = "Rules:\n"
    for r in RULES:
        text += "- " + r + "\n"
    out = language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}\n{rules}\n{text}", 6)
    return max([initial_solution] + [c for c in extract_code(out) if c], key=utility)
""",
    ),
    "stop_threshold_return": (
        {"early_stopping"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 3)):
            if c:
                s = utility(c)
                if s >= 0.99:
                    return c
                if s > bs:
                    best, bs = c, s
    return best
""",
    ),
    "stop_budget_only": (
        set(),
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        cs = [c for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 3)) if c]
        if not cs:
            break
        for c in cs:
            if utility.uses >= utility.budget:
                return best
            s = utility(c)
            if s > bs:
                best, bs = c, s
    return best
""",
    ),
    "splice_chars": (
        {"genetic_splice", "local_search"},
        r"""
import random, string
def improve_algorithm(initial_solution, utility, language_model):
    best = extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}")[0]) or initial_solution
    bs = utility(best)
    while utility.remaining:
        chars = list(best)
        k = random.randrange(len(chars))
        chars[k] = random.choice(string.printable)
        child = "".join(chars)
        s = utility(child)
        if s > bs:
            best, bs = child, s
    return best
""",
    ),
    "splice_regex": (
        {"genetic_splice"},
        r"""
import random, re
def improve_algorithm(initial_solution, utility, language_model):
    out = extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 4))
    pool = [(utility(c), c) for c in out if c] + [(utility(initial_solution), initial_solution)]
    while utility.remaining:
        parent = random.choice(pool)[1]
        child = re.sub(r"\d+", lambda m: str(int(m.group()) + random.randint(-2, 2)), parent)
        pool.append((utility(child), child))
    return max(pool)[1]
""",
    ),
    "best_first_max_remove": (
        {"beam_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    openset = [(utility(initial_solution), initial_solution)]
    closed = []
    while openset and language_model.remaining:
        node = max(openset)
        openset.remove(node)
        closed.append(node)
        for c in extract_code(language_model.prompt("e", f"Improve\n{node[1]}\n{utility.str}", 3)):
            if c:
                openset.append((utility(c), c))
    return max(closed + openset)[1]
""",
    ),
    "tree_recursive": (
        {"beam_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best = [utility(initial_solution), initial_solution]
    def expand(program, depth):
        if depth == 0 or not language_model.remaining:
            return
        codes = [c for c in extract_code(language_model.prompt("e", f"Improve\n{program}\n{utility.str}", 4)) if c]
        ranked = sorted(((utility(c), c) for c in codes), reverse=True)
        for s, c in ranked[:2]:
            if s > best[0]:
                best[0], best[1] = s, c
            expand(c, depth - 1)
    expand(initial_solution, 3)
    return best[1]
""",
    ),
    "plain_cleaning": (
        set(),
        r"""
import re
def clean(text):
    m = re.search(r"```python\n(.*?)```", text, re.S)
    body = m.group(1) if m else text
    return "\n".join(l.rstrip() for l in body.splitlines() if not l.startswith("#"))
def improve_algorithm(initial_solution, utility, language_model):
    outs = language_model.prompt("e", f"Improve\n{clean(initial_solution)}\n{utility.str}", 5)
    cands = []
    for o in outs:
        c = clean(o)
        if "def " in c:
            cands.append(c)
    best, bs = initial_solution, -1
    for c in cands:
        s = utility(c)
        if s > bs:
            best, bs = c, s
    return best
""",
    ),
    "plain_threads": (
        set(),
        r"""
from concurrent.futures import ThreadPoolExecutor
def improve_algorithm(initial_solution, utility, language_model):
    temperature_schedule = [1.0, 0.5]
    epsilon = 0.1
    msg = f"Improve\n{initial_solution}\n{utility.str}"
    with ThreadPoolExecutor() as ex:
        futs = [ex.submit(language_model.prompt, "e", msg, 3) for _ in range(language_model.budget)]
        outs = [o for f in futs for o in f.result()]
    cands = {c for c in extract_code(outs) if c}
    return max([initial_solution, *sorted(cands)], key=utility)
""",
    ),
    "threads_temps": (
        {"temperature_schedule"},
        r"""
from concurrent.futures import ThreadPoolExecutor
from functools import partial
def ask(lm, msg, t):
    return lm.prompt("e", msg, 2, t)
def improve_algorithm(initial_solution, utility, language_model):
    msg = f"Improve\n{initial_solution}\n{utility.str}"
    with ThreadPoolExecutor() as ex:
        outs = list(ex.map(partial(ask, language_model, msg), [0.2, 0.6, 1.0]))
    return max([initial_solution, *[c for o in outs for c in extract_code(o) if c]], key=utility)
""",
    ),
    "islands_choice": (
        {"genetic_model", "hints"},
        r"""
import random
class Pop:
    def __init__(self, u, first):
        self.u = u
        self.members = {first: u(first)}
    def parents(self, k):
        items = list(self.members.items())
        return [max(random.sample(items, min(3, len(items))), key=lambda kv: kv[1])[0] for _ in range(k)]
    def add(self, code):
        if self.u.remaining:
            self.members[code] = self.u(code)
    @property
    def best(self):
        return max(self.members, key=self.members.get)
OPS = ["simplify this", "extend this", "replace the core of this"]
def improve_algorithm(initial_solution, utility, language_model):
    pop = Pop(utility, initial_solution)
    while language_model.remaining:
        ps = pop.parents(language_model.max_responses_per_call)
        msgs = [random.choice(OPS) + "\n" + p + "\n" + utility.str for p in ps]
        for c in extract_code(language_model.batch_prompt("e", msgs)):
            if c:
                pop.add(c)
    return pop.best
""",
    ),
    "reduce_style": (
        {"local_search"},
        r"""
from functools import reduce
def improve_algorithm(initial_solution, utility, language_model):
    def step(state, _):
        score, code = state
        outs = language_model.prompt("e", f"Improve\n{code}\n{utility.str}", 3)
        return max([state] + [(utility(c), c) for c in extract_code(outs) if c], key=lambda s: s[0])
    return reduce(step, range(language_model.budget), (utility(initial_solution), initial_solution))[1]
""",
    ),
    "critic_new": (
        set(),
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    outs = [c for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 3)) if c]
    keep = []
    for c in outs:
        verdict = language_model.prompt("judge", f"Is this right? yes/no\n{c}")[0]
        if "yes" in verdict.lower():
            keep.append(c)
    return max([initial_solution] + keep, key=utility)
""",
    ),
    "anneal_loss_pow": (
        {"annealing"},
        r"""
import random
class S:
    pass
def improve_algorithm(initial_solution, utility, language_model):
    st = S()
    st.code = initial_solution
    st.val = utility(initial_solution)
    st.T = 1.0
    log = [(st.val, st.code)]
    def consider(code):
        v = utility(code)
        log.append((v, code))
        d = v - st.val
        if d >= 0:
            st.code, st.val = code, v
        elif random.random() < 2.718 ** (d / st.T):
            st.code, st.val = code, v
    while language_model.remaining and utility.remaining:
        for a in language_model.prompt("You write code", "Change this:\n" + st.code + "\n" + utility.str, n_responses=2):
            c = extract_code(a)
            if c:
                consider(c)
        st.T = st.T * 0.7
    return max(log)[1]
""",
    ),
    "threshold_prob": (
        {"annealing"},
        r"""
import random
def improve_algorithm(initial_solution, utility, language_model):
    cur, cs = initial_solution, utility(initial_solution)
    best, bs = cur, cs
    n = language_model.budget
    for i in range(n):
        p_accept = 0.3 * (n - i) / n
        for c in extract_code(language_model.prompt("e", f"Rewrite {cur} {utility.str}", 3)):
            if not c:
                continue
            s = utility(c)
            if s > cs or random.random() < p_accept:
                cur, cs = c, s
            if s > bs:
                best, bs = c, s
    return best
""",
    ),
    "fake_anneal_temp": (
        {"local_search", "temperature_schedule"},
        r'''
def improve_algorithm(initial_solution, utility, language_model):
    """Simulated annealing: worse moves are accepted while the temperature is high."""
    annealing_temperature = 1.2
    state = initial_solution
    energy = -utility(state)
    for step in range(language_model.budget):
        answers = language_model.prompt("annealer", "Neighbour of:\n" + state + utility.str, temperature=annealing_temperature)
        for cand in extract_code(answers):
            if cand is None: continue
            e = -utility(cand)
            if e < energy:
                state, energy = cand, e
        annealing_temperature = max(0.1, annealing_temperature - 0.2)
    return state
''',
    ),
    "beam_dataclass_heap": (
        {"beam_search"},
        r"""
from dataclasses import dataclass, field
import heapq
@dataclass(order=True)
class Item:
    priority: float
    code: str = field(compare=False)
def improve_algorithm(initial_solution, utility, language_model):
    q = [Item(-utility(initial_solution), initial_solution)]
    everything = list(q)
    while q and language_model.remaining > 0:
        item = heapq.heappop(q)
        for c in extract_code(language_model.prompt("e", f"Improve\n{item.code}\n{utility.str}", 2)):
            if c and utility.remaining:
                new = Item(-utility(c), c)
                heapq.heappush(q, new)
                everything.append(new)
    return min(everything).code
""",
    ),
    "beam_dict": (
        {"beam_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    states = [{"p": initial_solution, "s": utility(initial_solution)}]
    for depth in range(language_model.budget):
        prompts = []
        for st in states:
            prompts.append(f"This scored {st['s']:.2f}. {utility.why(st['p'])}\n{st['p']}\n{utility.str}")
        answers = language_model.batch_prompt("e", prompts[:language_model.max_responses_per_call])
        for a in answers:
            c = extract_code(a)
            if c:
                states.append({"p": c, "s": utility(c)})
        states.sort(key=lambda st: st["s"], reverse=True)
        states = states[:3]
    return states[0]["p"]
""",
    ),
    "not_beam_topk_unused": (
        set(),
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    beam, k = [], 3
    for depth in range(language_model.budget):
        outs = extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 4))
        beam = sorted(beam + [(utility(o), o) for o in outs if o], reverse=True)[:k]
    return beam[0][1] if beam else initial_solution
""",
    ),
    "ga_class_weights": (
        {"genetic_model", "score_cache"},
        r"""
import random
class GA:
    def __init__(self, u, lm):
        self.u, self.lm, self.cache, self.pop = u, lm, {}, []
    def fit(self, c):
        key = hash(c)
        if key in self.cache:
            return self.cache[key]
        f = self.u(c)
        self.cache[key] = f
        return f
    def mutate(self, c):
        return extract_code(self.lm.prompt("m", "Mutate\n" + c + self.u.str)[0])
    def cross(self, a, b):
        return extract_code(self.lm.prompt("c", "Cross\n" + a + "\nwith\n" + b + self.u.str)[0])
    def roulette(self):
        return random.choices(self.pop, weights=[self.fit(p) + 0.01 for p in self.pop], k=1)[0]
    def step(self):
        if random.random() < 0.5 or len(self.pop) < 2:
            child = self.mutate(self.roulette())
        else:
            child = self.cross(self.roulette(), self.roulette())
        if child:
            self.pop.append(child)
            if len(self.pop) > 6:
                self.pop.remove(min(self.pop, key=self.fit))
def improve_algorithm(initial_solution, utility, language_model):
    ga = GA(utility, language_model)
    ga.pop = [initial_solution]
    while language_model.remaining:
        ga.step()
    return max(ga.pop, key=ga.fit)
""",
    ),
    "eps_arms": (
        {"bandit", "epsilon_greedy", "hints"},
        r"""
import random
TIPS = ["Try dynamic programming here.", "Try a greedy rule here.", "Try randomised search here."]
def improve_algorithm(initial_solution, utility, language_model):
    tries = {t: 0 for t in TIPS}
    wins = {t: 0.0 for t in TIPS}
    best, bs = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        tip = random.choice(TIPS) if random.random() < 0.2 else max(TIPS, key=lambda t: wins[t] / max(1, tries[t]))
        code = extract_code(language_model.prompt("e", f"{tip}\n{initial_solution}\n{utility.str}")[0])
        tries[tip] += 1
        if code:
            s = utility(code)
            wins[tip] += s
            if s > bs:
                best, bs = code, s
    return best
""",
    ),
    "eps_tolerance": (
        {"early_stopping", "local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    eps = 0.01
    best, score = initial_solution, utility(initial_solution)
    while language_model.remaining:
        old = score
        cands = [c for c in extract_code(language_model.prompt("e", f"Better than\n{best}\n{utility.str}", 4)) if c]
        for s, c in zip(utility.many(cands), cands):
            if s > score + eps:
                best, score = c, s
        if score - old < eps:
            return best
    return best
""",
    ),
    "decomp_ast_fn": (
        {"decomposition"},
        r"""
import ast
def improve_algorithm(initial_solution, utility, language_model):
    tree = ast.parse(initial_solution)
    pieces = {n.name: ast.unparse(n) for n in tree.body if isinstance(n, ast.FunctionDef)}
    out = initial_solution
    for name, src in pieces.items():
        if not language_model.remaining:
            break
        ans = language_model.prompt("e", f"Rewrite this function:\n{src}\n{utility.str}")[0]
        code = extract_code(ans)
        if code:
            trial = out.replace(src, code)
            if utility(trial) > utility(out):
                out = trial
    return out
""",
    ),
    "ensemble_fallback": (
        {"ensemble"},
        r"""
def wrap(programs):
    body = []
    for i, p in enumerate(programs):
        body.append(f"SRC{i} = {p!r}")
    body.append("def algorithm(*args):")
    for i in range(len(programs)):
        body.append(f"    try:\n        ns = {{}}\n        exec(SRC{i}, ns)\n        return ns['algorithm'](*args)\n    except Exception:\n        pass")
    return "\n".join(body)
def improve_algorithm(initial_solution, utility, language_model):
    cs = [c for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 5)) if c]
    ranked = sorted(cs + [initial_solution], key=utility, reverse=True)
    combo = wrap(ranked[:3])
    return combo if utility(combo) > utility(ranked[0]) else ranked[0]
""",
    ),
    "reflect_exception": (
        {"reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    found = [initial_solution]
    problem = ""
    for _ in range(language_model.budget):
        code = extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}\nAvoid: {problem}")[0])
        try:
            compile(code or "", "x", "exec")
            found.append(code)
        except SyntaxError as e:
            problem = str(e)
    return max([f for f in found if f], key=utility)
""",
    ),
    "outcomes": (
        {"reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    found, notes = [initial_solution], []
    while language_model.remaining:
        text = "Improve\n" + initial_solution + utility.str + "".join("\n- " + n for n in notes)
        for c in extract_code(language_model.prompt("e", text, 2)):
            if c:
                utility(c)
                notes.append(utility.why(c))
                found.append(c)
    return max(found, key=utility)
""",
    ),
    "restart_pool": (
        {"local_search", "restarts"},
        r"""
class Search:
    def __init__(self, u, lm, first):
        self.u, self.lm, self.first = u, lm, first
        self.archive = []
        self.begin()
    def begin(self):
        self.code, self.score, self.bad = self.first, self.u(self.first), 0
    def iterate(self):
        c = extract_code(self.lm.prompt("e", f"Improve\n{self.code}\n{self.u.str}")[0])
        s = self.u(c) if c else 0.0
        if s > self.score:
            self.code, self.score, self.bad = c, s, 0
        else:
            self.bad += 1
        self.archive.append((self.score, self.code))
        if self.bad > 2:
            self.begin()
def improve_algorithm(initial_solution, utility, language_model):
    s = Search(utility, language_model, initial_solution)
    for _ in range(language_model.budget):
        s.iterate()
    return max(s.archive)[1]
""",
    ),
    "temp_cosine": (
        {"temperature_schedule"},
        r"""
import math
def improve_algorithm(initial_solution, utility, language_model):
    ask = f"Improve\n{initial_solution}\n{utility.str}"
    T = language_model.budget
    pool = []
    for t in range(T):
        kwargs = dict(n_responses=2, temperature=0.6 + 0.4 * math.cos(math.pi * t / T))
        pool.extend(extract_code(language_model.prompt("e", ask, **kwargs)))
    return max([initial_solution] + [p for p in pool if p], key=utility)
""",
    ),
    "temp_adaptive": (
        {"local_search", "temperature_schedule"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs, temp = initial_solution, utility(initial_solution), 0.5
    for _ in range(language_model.budget):
        better = False
        for c in extract_code(language_model.prompt("e", f"Improve\n{best}\n{utility.str}", 2, temp)):
            if c and (s := utility(c)) > bs:
                best, bs, better = c, s, True
        temp = 0.4 if better else min(1.2, temp + 0.2)
    return best
""",
    ),
    "hints_ifelse": (
        {"hints"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    found = []
    for i in range(language_model.budget):
        if i % 3 == 0:
            focus = "Concentrate on the running time."
        elif i % 3 == 1:
            focus = "Concentrate on the correctness."
        else:
            focus = "Invent a wholly new method."
        found += extract_code(language_model.prompt("e", f"{focus}\n{initial_solution}\n{utility.str}"))
    return max([initial_solution] + [f for f in found if f], key=utility)
""",
    ),
    "hints_functions": (
        {"hints"},
        r"""
def fast(p): return "Make it fast:\n" + p
def exact(p): return "Make it exact:\n" + p
def improve_algorithm(initial_solution, utility, language_model):
    styles = [fast, exact]
    found = []
    for i in range(language_model.budget):
        msg = styles[i % 2](initial_solution) + utility.str
        found += extract_code(language_model.prompt("e", msg))
    return max([initial_solution] + [f for f in found if f], key=utility)
""",
    ),
    "cache_never_hit": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    cache = {}
    best = initial_solution
    cache[best] = utility(best)
    for _ in range(language_model.budget):
        for c in extract_code(language_model.prompt("e", f"Improve\n{best}\n{utility.str}", 3)):
            if c:
                cache[c] = utility(c)
                if cache[c] > cache[best]:
                    best = c
    return best
""",
    ),
    "seen_filter": (
        set(),
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    seen, best, bs = set(), initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 3)):
            if not c or c in seen:
                continue
            seen.add(c)
            s = utility(c)
            if s > bs:
                best, bs = c, s
    return best
""",
    ),
    "population_local": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    population = [(utility(initial_solution), initial_solution)]
    for generation in range(language_model.budget):
        fittest = max(population, key=lambda m: m[0])[1]
        mutants = extract_code(language_model.prompt("evolution", f"Mutate\n{fittest}\n{utility.str}", 4))
        population += [(utility(m), m) for m in mutants if m]
    return max(population, key=lambda m: m[0])[1]
""",
    ),
    "two_stage_fix": (
        {"reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    drafts = [c for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 3)) if c]
    scores = utility.many(drafts)
    broken = [d for d, s in zip(drafts, scores) if s == 0]
    fixes = []
    if broken:
        fixes = [c for c in extract_code(language_model.batch_prompt("fixer", [f"Fix\n{b}\nError: {utility.why(b)}" for b in broken])) if c]
    return max([initial_solution] + drafts + fixes, key=utility)
""",
    ),
    "splice_functions": (
        {"genetic_splice"},
        r"""
import ast, random
def improve_algorithm(initial_solution, utility, language_model):
    progs = [c for c in extract_code(language_model.prompt("e", f"Improve\n{initial_solution}\n{utility.str}", 5)) if c]
    scored = [(utility(p), p) for p in progs] or [(0.0, initial_solution)]
    while utility.remaining:
        a, b = random.choice(scored)[1], random.choice(scored)[1]
        try:
            ta, tb = ast.parse(a), ast.parse(b)
        except SyntaxError:
            break
        donors = {n.name: n for n in tb.body if isinstance(n, ast.FunctionDef)}
        for i, n in enumerate(ta.body):
            if isinstance(n, ast.FunctionDef) and n.name in donors and random.random() < 0.5:
                ta.body[i] = donors[n.name]
        child = ast.unparse(ta)
        scored.append((utility(child), child))
    return max(scored)[1]
""",
    ),
    "model_thompson": (
        {"bandit", "local_search"},
        r"""
import random
def improve_algorithm(initial_solution, utility, language_model):
    names = list(language_model.models)
    ok = {n: 1 for n in names}
    no = {n: 1 for n in names}
    best, bs = initial_solution, utility(initial_solution)
    for _ in range(language_model.budget):
        name = max(names, key=lambda n: random.betavariate(ok[n], no[n]))
        won = False
        for c in extract_code(language_model.prompt("e", f"Improve\n{best}\n{utility.str}", 2, model=name)):
            if c:
                s = utility(c)
                if s > bs:
                    best, bs, won = c, s, True
        if won:
            ok[name] += 1
        else:
            no[name] += 1
    return best
""",
    ),
    "parallel_islands": (
        {"local_search"},
        r"""
from concurrent.futures import ThreadPoolExecutor
def improve_algorithm(initial_solution, utility, language_model):
    def climb(rounds):
        cur, cs = initial_solution, utility(initial_solution)
        for _ in range(rounds):
            for c in extract_code(language_model.prompt("e", f"Improve\n{cur}\n{utility.str}", 2)):
                if c:
                    s = utility(c)
                    if s > cs:
                        cur, cs = c, s
        return cs, cur
    k = 2
    with ThreadPoolExecutor(k) as ex:
        return max(ex.map(climb, [language_model.budget // k] * k))[1]
""",
    ),
    "sorted_history": (
        {"local_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    history = [(initial_solution, utility(initial_solution))]
    for _ in range(language_model.budget):
        history.sort(key=lambda h: h[1])
        top = history[-1]
        shown = "; ".join("%.3f" % s for _, s in history[-5:])
        msg = f"{top[0]}\nscores so far: {shown}\n{utility.str}"
        for c in extract_code(language_model.prompt("e", msg, 2)):
            if c: history.append((c, utility(c)))
    return max(history, key=lambda h: h[1])[0]
""",
    ),
    "genetic_elite": (
        {"genetic_model"},
        r"""
import random
class Individual:
    def __init__(self, code, fitness=None):
        self.code = code; self.fitness = fitness
def improve_algorithm(initial_solution, utility, language_model):
    pop = [Individual(initial_solution, utility(initial_solution))]
    for gen in range(language_model.budget):
        pop.sort(key=lambda i: i.fitness, reverse=True)
        elite = pop[:4]
        parents = random.choices(elite, k=language_model.max_responses_per_call)
        kids = language_model.batch_prompt("e", ["Mutate\n" + p.code + utility.str for p in parents])
        for k in kids:
            code = extract_code(k)
            if code:
                pop.append(Individual(code, utility(code)))
    return max(pop, key=lambda i: i.fitness).code
""",
    ),
    "beam_recursive": (
        {"beam_search", "hints"},
        r"""
VIEWS = ["Consider speed above all.", "Consider exactness above all."]
def improve_algorithm(initial_solution, utility, language_model):
    def grow(level, left):
        if left == 0:
            return level
        asks = [f"{v}\n{code}\n{utility.str}" for _, code in level for v in VIEWS]
        codes = [c for c in extract_code(language_model.batch_prompt("e", asks[:language_model.max_responses_per_call])) if c]
        nxt = sorted(level + list(zip(utility.many(codes), codes)), key=lambda x: -x[0])[:3]
        return grow(nxt, left - 1)
    return grow([(utility(initial_solution), initial_solution)], language_model.budget)[0][1]
""",
    ),
    "annealing_table": (
        {"annealing", "reflection", "temperature_schedule"},
        r"""
import math, random
def improve_algorithm(initial_solution, utility, language_model):
    cur = (initial_solution, utility(initial_solution)); top = cur
    heats = [1.0, 0.6, 0.3, 0.1]
    for heat in heats:
        if not language_model.remaining: break
        msg = f"{cur[0]}\nscore {cur[1]}\n{utility.str}"
        for c in extract_code(language_model.prompt("e", msg, 2, heat)):
            if not c: continue
            new = (c, utility(c))
            if new[1] > cur[1] or math.exp((new[1] - cur[1]) / heat) > random.random():
                cur = new
            top = max(top, new, key=lambda x: x[1])
    return top[0]
""",
    ),
    "dry_rounds": (
        {"early_stopping"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, score, dry = initial_solution, utility(initial_solution), 0
    while language_model.remaining and dry < 2:
        outs = extract_code(language_model.prompt("e", f"{initial_solution} {utility.str}", 2))
        s, c = max(((utility(o), o) for o in outs if o), default=(0, None))
        if s > score:
            best, score = c, s
            dry = 0
        else:
            dry += 1
    return best
""",
    ),
    "missing_memo": (
        {"local_search", "score_cache"},
        r"""
class Memo(dict):
    def __init__(self, f):
        super().__init__()
        self.f = f
    def __missing__(self, k):
        self[k] = v = self.f(k)
        return v
def improve_algorithm(initial_solution, utility, language_model):
    m = Memo(utility)
    best = initial_solution
    for _ in range(language_model.budget):
        for c in extract_code(language_model.prompt("e", f"{best} {utility.str}", 2)):
            if c and m[c] > m[best]:
                best = c
    return best
""",
    ),
    "joined_roles": (
        {"ensemble", "hints"},
        r"""
ROLES = ["a physicist", "a gambler", "a librarian"]
def improve_algorithm(initial_solution, utility, language_model):
    proposals = {}
    for r in ROLES[: language_model.budget - 1]:
        c = extract_code(language_model.prompt(f"You are {r}.", f"{initial_solution} {utility.str}")[0])
        if c: proposals[r] = c
    text = "Join the best of these:\n"
    for r, c in proposals.items():
        text += f"From {r}:\n{c}\n"
    joined = extract_code(language_model.prompt("editor", text + utility.str)[0])
    return max([initial_solution, *proposals.values()] + ([joined] if joined else []), key=utility)
""",
    ),
    "numpy_ucb": (
        {"bandit", "hints", "local_search"},
        r"""
import numpy as np
ARMS = ["use numpy", "use caching", "use search"]
def improve_algorithm(initial_solution, utility, language_model):
    counts = np.zeros(3); sums = np.zeros(3)
    best, bs = initial_solution, utility(initial_solution)
    for t in range(language_model.budget):
        ucb = sums / np.maximum(counts, 1) + np.sqrt(2 * np.log(t + 1) / np.maximum(counts, 1e-9))
        a = int(np.argmax(ucb))
        c = extract_code(language_model.prompt("e", f"{ARMS[a]} {best} {utility.str}")[0])
        s = utility(c) if c else 0.0
        counts[a] += 1
        sums[a] += s
        if s > bs: best, bs = c, s
    return best
""",
    ),
    "regex_chunks": (
        {"decomposition"},
        r"""
import re
def improve_algorithm(initial_solution, utility, language_model):
    chunks = re.split(r"\n(?=def )", initial_solution)
    new = []
    for chunk in chunks:
        if chunk.startswith("def ") and language_model.remaining:
            c = extract_code(language_model.prompt("e", f"Improve this part\n{chunk}\n{utility.str}")[0])
            new.append(c or chunk)
        else:
            new.append(chunk)
    whole = "\n".join(new)
    return max([initial_solution, whole], key=utility)
""",
    ),
    "counted_restarts": (
        {"early_stopping", "local_search", "restarts"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, bs = initial_solution, utility(initial_solution)
    base = bs
    cur, cs, stuck, restarts = best, bs, 0, 0
    while language_model.remaining and restarts < 3:
        for c in extract_code(language_model.prompt("e", f"{cur} {utility.str}", 2)):
            s = utility(c) if c else -1
            if s > cs: cur, cs, stuck = c, s, -1
        stuck += 1
        if cs > bs: best, bs = cur, cs
        if stuck == 2:
            cur = initial_solution
            cs = base
            stuck = 0
            restarts += 1
    return best
""",
    ),
    "annealing in one expression": (
        {"annealing"},
        """
import random, math
def improve_algorithm(initial_solution, utility, language_model):
    cur, score, heat = initial_solution, utility(initial_solution), 1.0
    for _ in range(language_model.budget):
        new = extract_code(language_model.prompt("x", cur))[0]
        n = utility(new)
        cur = new if n > score or random.random() < math.exp((n - score) / heat) else cur
        heat *= 0.9
    return cur
""",
    ),
    "sorted by itemgetter": (
        {"beam_search"},
        """
from operator import itemgetter
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(4):
        new = []
        for _, text in pool:
            for code in extract_code(language_model.prompt("x", text, 3)):
                new.append((utility(code), code))
        pool = sorted(pool + new, key=itemgetter(0), reverse=True)[:3]
    return pool[0][1]
""",
    ),
    "sorted by attrgetter": (
        {"beam_search"},
        """
from operator import attrgetter
class Node:
    def __init__(self, text, score):
        self.text, self.score = text, score
def improve_algorithm(initial_solution, utility, language_model):
    pool = [Node(initial_solution, utility(initial_solution))]
    for _ in range(4):
        new = [Node(c, utility(c)) for n in pool for c in extract_code(language_model.prompt("x", n.text, 3))]
        pool = sorted(pool + new, key=attrgetter("score"), reverse=True)[:3]
    return pool[0].text
""",
    ),
    "unpacks the best": (
        {"local_search"},
        """
def improve_algorithm(initial_solution, utility, language_model):
    best = initial_solution
    for _ in range(4):
        best, *rest = sorted([best, *extract_code(language_model.prompt("x", best, 3))], key=utility, reverse=True)
    return best
""",
    ),
    "pops the best of the sorted": (
        {"beam_search"},
        """
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    while pool and language_model.remaining:
        pool.sort()
        score, text = pool.pop()
        for code in extract_code(language_model.prompt("x", text, 3)):
            pool.append((utility(code), code))
    return max(pool)[1]
""",
    ),
    "the better of two by a function": (
        {"local_search"},
        """
def improve_algorithm(initial_solution, utility, language_model):
    def better(a, b):
        if utility(a) >= utility(b):
            return a
        return b
    cur = initial_solution
    for _ in range(4):
        cur = better(cur, extract_code(language_model.prompt("x", cur))[0])
    return cur
""",
    ),
    "several kept ones in one prompt, not by chance": (
        {"genetic_model"},
        """
def improve_algorithm(initial_solution, utility, language_model):
    pool = [initial_solution]
    for _ in range(4):
        pool += extract_code(language_model.prompt("x", "\\n".join(pool), 2))
    return max(pool, key=utility)
""",
    ),
    "a cache by lru_cache called": (
        {"score_cache"},
        """
import functools
def improve_algorithm(initial_solution, utility, language_model):
    def rate(s):
        return utility(s)
    rate = functools.lru_cache(None)(rate)
    return max(extract_code(language_model.prompt("x", initial_solution, 3)), key=rate)
""",
    ),
    "a cache with lru_cache of": (
        {"score_cache"},
        """
import functools
def improve_algorithm(initial_solution, utility, language_model):
    def rate(s):
        return utility(s)
    rate = functools.cache(rate)
    return max(extract_code(language_model.prompt("x", initial_solution, 3)), key=rate)
""",
    ),
    "class method": (
        {"local_search"},
        """
class Search:
    @classmethod
    def step(cls, best, utility, lm):
        new = extract_code(lm.prompt("x", best))[0]
        return new if utility(new) > utility(best) else best
def improve_algorithm(initial_solution, utility, language_model):
    best = initial_solution
    for _ in range(4):
        best = Search.step(best, utility, language_model)
    return best
""",
    ),
    "hints as keyword only and decorated": (
        {"hints"},
        """
def twice(f):
    def inner(*a, **k):
        return f(*a, **k)
    return inner
@twice
def ask(lm, text, *, advice="make it faster please"):
    return lm.prompt("x", advice + text)[0]
def improve_algorithm(initial_solution, utility, language_model):
    found = [ask(language_model, initial_solution, advice=a) for a in ("make it simpler please", "use numpy for the loops")]
    return max(extract_code(found), key=utility)
""",
    ),
}
