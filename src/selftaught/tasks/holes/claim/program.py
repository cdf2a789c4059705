"""The start: the points in the order in which they come."""


def algorithm(points):
    return {"tour": list(range(len(points)))}
