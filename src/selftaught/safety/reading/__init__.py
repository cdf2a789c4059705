"""Reading a program as it would run, without running it: an interpreter over what values may be.

``marks`` and ``values`` are what it knows of a value, ``knowing`` what a value says, ``folding`` what Python makes of
constants; ``core`` to ``statements`` are its layers and ``machine`` the whole; ``library`` knows what the functions
of the standard library do with what they are given. What of all this circumvents something is decided in
:mod:`selftaught.safety.circumvention`.
"""
