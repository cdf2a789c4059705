"""The largest there are: each touches two sides at opposite corners, and the other one."""


def algorithm(width):
    best = (width + 1 - (2 * width) ** 0.5) / 2
    return [[best, best], [width - best, 1 - best], best - 1e-9]
