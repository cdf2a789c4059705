"""The start: small circles, side by side."""


def algorithm(width):
    return [[0.25, 0.5], [width - 0.25, 0.5], 0.2]
