"""What has to hold for long: the jail, against many evaluations and hostile bytes without number; what was paid for,
against servers that fail and runs that are killed.

    python -m soak                       # everything, with a report at the end: an hour or two on 2 cores
    python -m soak --evaluations 1000 --inputs 200000 --minutes 5 --requests 500 --kills 10
    python -m soak --evaluations 0 --inputs 0 --kills 0                    # the requests alone

The programs, and what has to come of them, are the tests' own.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
for folder in (ROOT / "tests", ROOT / "tests" / "jail"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def say(fact: dict[str, object]) -> None:
    """Tell the process that started this one."""
    print(json.dumps(fact), flush=True)
