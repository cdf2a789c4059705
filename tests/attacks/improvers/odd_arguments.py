"""Calls with arguments of every odd kind, by place and by name.

verdict: ok
calls: 0
scores: 0
twin: none: Python refuses them there as well
"""

import numpy as np

from selftaught.jail import inside

ODD = (
    {"\0": 1}, {"\ud800": 1}, {"": 1}, {"self": 1}, {"args": 1}, {"solution": None, "solutions": None},
    {"message": "x", "expertise": 1}, {f"name{i}": i for i in range(200)}, {"x" * 2**14: 1},
    {"temperature": np.zeros(5)}, {"n_responses": np.array(2)}, {"kwargs": {"a": [[[[]]]]}},
)  # fmt: skip


def improve_algorithm(initial_solution, utility, language_model):
    methods = [language_model.prompt, language_model.batch_prompt, utility, utility.many, utility.why]
    places = [
        (),
        (1, 2, 3, 4, 5, 6),
        ({},),
        ([],),
        (np.zeros(3),),
        (b"x", b"x"),
        ((), ()),
        ("x", [None]),
        ("", {}),
    ]
    fine = 0
    for method in methods:
        for arguments in places:
            for names in ({}, *ODD):
                try:
                    method(*arguments, **names)
                    fine += 1
                except (TypeError, ValueError, inside.BudgetExhausted):
                    continue
    return f"held: {fine} were nothing to be refused, such as the score of a list"
