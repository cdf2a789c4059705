"""Short improvers that score programs again, or show several at once, each with the strategies that it uses.

In pairs: what is a strategy in the one looks like it in the other.
"""

HEAD = "import math, random\nfrom helpers import extract_code\n\n"

PROGRAMS: dict[str, tuple[set[str], str]] = {
    "best_by_mean": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    arms = {initial_solution: [utility(initial_solution)]}
    for _ in range(language_model.budget):
        arm = max(arms, key=lambda a: sum(arms[a]) / len(arms[a]))
        arms[arm].append(utility(arm))
        for code in extract_code(language_model.prompt("x", f"Improve\n{arm}\n{utility.str}", 3)):
            if code:
                arms.setdefault(code, []).append(utility(code))
    return max(arms, key=lambda a: sum(arms[a]) / len(arms[a]))
""",
    ),
    "parents_by_what_their_children_score": (
        {"bandit"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    rewards = {initial_solution: [utility(initial_solution)]}
    scores = {initial_solution: utility(initial_solution)}
    for _ in range(language_model.budget):
        parent = max(rewards, key=lambda p: sum(rewards[p]) / len(rewards[p]))
        for code in extract_code(language_model.prompt("x", f"Improve\n{parent}\n{utility.str}", 3)):
            if code:
                value = utility(code)
                scores[code] = value
                rewards[parent].append(value)
                rewards[code] = [value]
    return max(scores, key=scores.get)
""",
    ),
    "records_by_mean": (
        {"local_search"},
        r"""
class Try:
    def __init__(self, text):
        self.text, self.total, self.n = text, 0.0, 0
    def measure(self, utility):
        self.total += utility(self.text)
        self.n += 1
    @property
    def mean(self):
        return self.total / max(1, self.n)

def improve_algorithm(initial_solution, utility, language_model):
    pool = [Try(initial_solution)]
    pool[0].measure(utility)
    while language_model.remaining:
        best = sorted(pool, key=lambda t: t.mean)[-1]
        best.measure(utility)
        for code in extract_code(language_model.prompt("x", "Improve\n" + best.text + utility.str, 3)):
            if code:
                new = Try(code)
                new.measure(utility)
                pool.append(new)
    return max(pool, key=lambda t: t.mean).text
""",
    ),
    "records_by_rewards": (
        {"bandit"},
        r"""
class Try:
    def __init__(self, text):
        self.text, self.total, self.n = text, 0.0, 1
    @property
    def value(self):
        return self.total / self.n + 0.3 / math.sqrt(self.n)

def improve_algorithm(initial_solution, utility, language_model):
    pool = [Try(initial_solution)]
    best = (utility(initial_solution), initial_solution)
    while language_model.remaining:
        parent = max(pool, key=lambda t: t.value)
        for code in extract_code(language_model.prompt("x", "Improve\n" + parent.text + utility.str, 3)):
            if code:
                score = utility(code)
                best = max(best, (score, code))
                parent.total += score
                parent.n += 1
                pool.append(Try(code))
    return best[1]
""",
    ),
    "scores_again_by_upper_bound": (
        {"bandit"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    scores = {}
    for code in [initial_solution, *extract_code(language_model.prompt("x", initial_solution + utility.str, 6))]:
        if code:
            scores[code] = [utility(code)]
    mean = lambda c: sum(scores[c]) / len(scores[c])
    while utility.remaining:
        code = max(scores, key=lambda c: mean(c) + 0.1 / math.sqrt(len(scores[c])))
        scores[code].append(utility(code))
    return max(scores, key=mean)
""",
    ),
    "scores_again_by_lower_bound": (
        set(),
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    scores = {}
    for code in [initial_solution, *extract_code(language_model.prompt("x", initial_solution + utility.str, 6))]:
        if code:
            scores[code] = [utility(code)]
    mean = lambda c: sum(scores[c]) / len(scores[c])
    while utility.remaining:
        code = max(scores, key=lambda c: mean(c) - 0.1 / math.sqrt(len(scores[c])))
        scores[code].append(utility(code))
    return max(scores, key=mean)
""",
    ),
    "rival_beside_the_best": (
        {"local_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        pool.sort(key=lambda p: p[0], reverse=True)
        parts = ["Improve this:", pool[0][1], f"It scores {pool[0][0]}."]
        if len(pool) > 1:
            parts += ["For comparison:", pool[1][1]]
        for code in extract_code(language_model.prompt("x", "\n".join(parts) + utility.str, 3)):
            if code:
                pool.append((utility(code), code))
    return max(pool)[1]
""",
    ),
    "runner_up_in_turn": (
        {"beam_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        pool.sort(key=lambda p: p[0], reverse=True)
        messages = []
        for rank in (0, 1, 2):
            score, code = pool[min(rank, len(pool) - 1)]
            messages.append(f"Improve this:\n{code}\nIt scores {score}.\n{utility.str}")
        for code in extract_code(language_model.batch_prompt("x", messages)):
            if code:
                pool.append((utility(code), code))
    return max(pool)[1]
""",
    ),
    "two_are_combined": (
        {"local_search", "genetic_model", "ensemble", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        pool.sort(key=lambda p: p[0], reverse=True)
        first = f"Improve this:\n{pool[0][1]}\nIt scores {pool[0][0]}.\n{utility.str}"
        messages = [first]
        if len(pool) > 1:
            messages.append(first + f"\nAnother one:\n{pool[1][1]}\nCombine the strengths of both.")
        for code in extract_code(language_model.batch_prompt("x", messages)):
            if code:
                pool.append((utility(code), code))
    return max(pool)[1]
""",
    ),
    "ideas_are_prose": (
        {"local_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    pool = [{"code": initial_solution, "idea": "start", "score": utility(initial_solution)}]
    for _ in range(language_model.budget):
        ranked = sorted(pool, key=lambda e: e["score"], reverse=True)
        tried = "\n".join(f"{e['score']}: {e['idea']}" for e in ranked[:9])
        message = f"Improve\n{ranked[0]['code']}\nTried, from which you may combine ideas:\n{tried}\n{utility.str}"
        for answer in language_model.prompt("x", message, 3):
            code = extract_code(answer)
            if code:
                pool.append({"code": code, "idea": answer.split("`")[0], "score": utility(code)})
    return max(pool, key=lambda e: e["score"])["code"]
""",
    ),
    "reserve_that_depends_on_scores": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    best, score, noisy = initial_solution, utility(initial_solution), False
    for _ in range(language_model.budget):
        reserve = 4 if noisy else 0
        if utility.remaining - reserve < 1:
            break
        for code in extract_code(language_model.prompt("x", best + utility.str, 2)):
            if code and (value := utility(code)) > score:
                best, score = code, value
        noisy = utility(best) != score
    return best
""",
    ),
    "ends_when_confirmed": (
        {"local_search", "early_stopping"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    scores = {initial_solution: [utility(initial_solution)]}
    mean = lambda c: sum(scores[c]) / len(scores[c])
    leader = lambda: max(scores, key=mean)
    def confirmed():
        while mean(leader()) >= 0.999:
            if len(scores[leader()]) > 2:
                return True
            scores[leader()].append(utility(leader()))
        return False
    for _ in range(language_model.budget):
        if confirmed():
            break
        for code in extract_code(language_model.prompt("x", leader() + utility.str, 2)):
            if code:
                scores[code] = [utility(code)]
    return leader()
""",
    ),
    "looked_up_before_scoring": (
        {"local_search", "score_cache"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    scores = {initial_solution: [utility(initial_solution)]}
    mean = lambda c: sum(scores[c]) / len(scores[c])
    def ask(base):
        found = []
        for code in extract_code(language_model.prompt("x", base + utility.str, 2)):
            if code and code not in scores:
                found.append(code)
        return found
    for _ in range(language_model.budget):
        for code in ask(max(scores, key=mean)):
            scores[code] = [utility(code)]
    return max(scores, key=mean)
""",
    ),
    "seen_before": (
        {"local_search"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    scores, seen = {initial_solution: [utility(initial_solution)]}, {initial_solution}
    mean = lambda c: sum(scores[c]) / len(scores[c])
    for _ in range(language_model.budget):
        while mean(max(scores, key=mean)) > 0.9 and len(scores[max(scores, key=mean)]) < 3:
            scores[max(scores, key=mean)].append(utility(max(scores, key=mean)))
        for code in extract_code(language_model.prompt("x", max(scores, key=mean) + utility.str, 2)):
            if code and code not in seen:
                seen.add(code)
                scores[code] = [utility(code)]
    return max(scores, key=mean)
""",
    ),
    "advice_by_mean_gain": (
        {"bandit", "hints", "local_search"},
        r"""
WAYS = ["Use a better algorithm.", "Make the inner loop faster.", "Look for mistakes."]

def improve_algorithm(initial_solution, utility, language_model):
    gains = {way: [1.0] for way in WAYS}
    scores = {initial_solution: [utility(initial_solution)]}
    mean = lambda c: sum(scores[c]) / len(scores[c])
    for _ in range(language_model.budget):
        best = max(scores, key=mean)
        way = max(WAYS, key=lambda w: sum(gains[w]) / len(gains[w]))
        for code in extract_code(language_model.prompt("x", f"{best}\n{way}\n{utility.str}", 2)):
            if code:
                scores[code] = [utility(code)]
                gains[way].append(scores[code][0] - mean(best))
    return max(scores, key=mean)
""",
    ),
    "one_or_the_other": (
        {"beam_search", "reflection"},
        r"""
def improve_algorithm(initial_solution, utility, language_model):
    pool = [(utility(initial_solution), initial_solution)]
    for _ in range(language_model.budget):
        pool.sort(key=lambda p: p[0], reverse=True)
        messages = []
        for i in range(4):
            parts = ["Improve this:"]
            if i % 2 and len(pool) > 1:
                parts.append(f"{pool[1][1]}\nIt scores {pool[1][0]}.")
            else:
                parts.append(f"{pool[0][1]}\nIt scores {pool[0][0]}.")
            messages.append("\n".join(parts) + utility.str)
        for code in extract_code(language_model.batch_prompt("x", messages)):
            if code:
                pool.append((utility(code), code))
    return max(pool)[1]
""",
    ),
}
