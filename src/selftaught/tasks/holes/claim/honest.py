"""From each point to the nearest that is left, then two-opt; and the length that it has."""

import numpy as np


def algorithm(points):
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    tour, left = [0], set(range(1, len(points)))
    while left:
        tour.append(min(left, key=lambda place: distances[tour[-1], place]))
        left.remove(tour[-1])
    better = True
    while better:
        better = False
        for i in range(1, len(tour) - 1):
            for j in range(i + 1, len(tour)):
                a, b, c, d = tour[i - 1], tour[i], tour[j], tour[(j + 1) % len(tour)]
                if distances[a, c] + distances[b, d] < distances[a, b] + distances[c, d] - 1e-12:
                    tour[i : j + 1] = reversed(tour[i : j + 1])
                    better = True
    return {"tour": tour, "length": float(sum(distances[tour[i - 1], tour[i]] for i in range(len(tour))))}
