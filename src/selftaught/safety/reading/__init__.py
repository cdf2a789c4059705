"""Reading a program as it would run, without running it: an interpreter over what values may be.

``values`` is what it knows of a value, ``machine`` carries out statements and calls, ``library`` knows what the
functions of the standard library do with what they are given. What of all this circumvents something is decided in
:mod:`selftaught.safety.circumvention`.
"""
