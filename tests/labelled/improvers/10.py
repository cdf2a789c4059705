import ast, random
from helpers import extract_code

R = random.Random(42)


def ok(src):
    try:
        ast.parse(src)
        return True
    except (SyntaxError, ValueError):
        return False


def cross(a, b):
    # head of a + tail of b
    la, lb = a.split("\n"), b.split("\n")
    i, j = R.randrange(len(la) + 1), R.randrange(len(lb) + 1)
    return "\n".join(la[:i] + lb[j:])


def mut(a):
    l = a.split("\n")
    k = R.randrange(len(l))
    what = R.randrange(3)
    if what == 0:
        del l[k]
    elif what == 1:
        l.insert(k, l[k])
    else:
        m = R.randrange(len(l))
        l[k], l[m] = l[m], l[k]
    return "\n".join(l)


def child(pool):
    for _ in range(300):
        (_, a), (_, b) = R.choice(pool), R.choice(pool)
        c = cross(a, b) if R.random() < 0.5 else mut(a)
        if c != a and c != b and ok(c):
            return c
    return a


def improve_algorithm(initial_solution, utility, language_model):
    msg = "Improve this:\n```python\n" + initial_solution + "\n```\n" + utility.str
    n = min(language_model.max_responses_per_call, utility.budget // 3)
    seeds = [initial_solution]
    if n > 0:
        seeds += [c for c in extract_code(language_model.prompt("Python expert", msg, n, 1.0)) if c]
    pool = [(utility(s), s) for s in seeds]
    while utility.remaining > 0:
        c = child(pool)
        pool.append((utility(c), c))
        pool.sort(key=lambda p: p[0], reverse=True)
        del pool[10:]
    return pool[0][1]
