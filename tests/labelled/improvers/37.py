import random

from helpers import extract_code


def ok(text):
    try:
        compile(text, "x", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def cross(a, b):
    """the head of one text and the tail of the other, cut at blank lines"""
    pa, pb = a.split("\n\n"), b.split("\n\n")
    i = random.randint(0, len(pa))
    j = random.randint(0, len(pb))
    return "\n\n".join(pa[:i] + pb[j:])


def mutate(a):
    ls = a.split("\n")
    k = random.randrange(len(ls))
    r = random.random()
    if r < 0.4:
        del ls[k]
    elif r < 0.7:
        ls.insert(k, random.choice(ls))
    else:
        m = random.randrange(len(ls))
        ls[k], ls[m] = ls[m], ls[k]
    return "\n".join(ls)


def improve_algorithm(initial_solution, utility, language_model):
    msg = "Improve:\n```python\n%s\n```\n%s" % (initial_solution, utility.str)
    answers = language_model.prompt("Python expert", msg, n_responses=language_model.max_responses_per_call)
    pool = [(utility(initial_solution), initial_solution)]
    for c in extract_code(answers):
        if c:
            pool.append((utility(c), c))
    tries = 0
    while utility.uses < utility.budget and tries < 2000:
        tries += 1
        pool.sort(key=lambda t: -t[0])
        del pool[8:]
        x, y = random.choice(pool)[1], random.choice(pool)[1]
        child = mutate(x) if random.random() < 0.3 else cross(x, y)
        if child == x or child == y or not ok(child):
            continue
        pool.append((utility(child), child))
    return max(pool, key=lambda t: t[0])[1]
