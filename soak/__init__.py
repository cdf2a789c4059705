"""What the jail has to withstand for long: many evaluations, and hostile bytes without number.

    python -m soak                       # everything, with a report at the end: at most an hour
    python -m soak --evaluations 1000 --inputs 200000 --minutes 5

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
