"""The start: greedy, each time the node and the side that cut the most, as published."""

import numpy as np


def algorithm(adjacency_matrix):
    n = len(adjacency_matrix)
    side = np.zeros(n, int)
    gains = np.zeros((n, 2))  # what would be cut by putting a node on a side
    for _ in range(n):
        node, chosen = divmod(int(gains.argmax()), 2)
        side[node] = chosen
        gains[:, 1 - chosen] += adjacency_matrix[node]
        gains[node] = -np.inf
    return side
