"""A search over strings, letter by letter: of those with equal end and equal distance so far, one is kept."""

import itertools


def algorithm(t, dist):
    found = {(letter, int(letter != t[0])): letter for letter in "AB"}
    for before, here in itertools.pairwise(t):
        longer = {}
        for (last, distance), s in found.items():
            for letter in "AB":
                more = (letter != last) + (letter != here) + (before != here)
                longer[letter, distance + more] = s + letter
        found = longer
    return next(s for (_, distance), s in found.items() if distance == dist)
