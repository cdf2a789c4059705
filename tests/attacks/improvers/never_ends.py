"""Does not return.

verdict: timeout
cause: CPU time: more than 0.3 s
limits: cpu_s=0.3 wall_s=60
twin: works
gets: no end
"""


def improve_algorithm(initial_solution, utility, language_model):
    while True:
        pass
