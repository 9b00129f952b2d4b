#!/usr/bin/env python3
"""Checks the response of a function, because `sam local invoke` succeeds whatever it is.

    answer.py FILE [EXPECTED]

FILE is SAM's output, with the response in its last line. EXPECTED is a status, or `allowed` or `refused`
for the authorizer; without it anything is accepted except a failure. The exit code is 1 otherwise.
"""

import json
import sys
from pathlib import Path

# From this status on, the function or its stores failed.
SERVER_ERROR = 500


def find_problem(text, expected=None):
    """Describes what is wrong with a response; None if nothing is."""
    lines = text.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        return f"the response is not JSON: {lines[-1][:200]}"
    if not lines:
        return "there is no response"
    known = answer if isinstance(answer, dict) else {}
    if "errorType" in known or "errorMessage" in known:
        return f"the function failed: {known.get('errorType')}: {known.get('errorMessage')}"
    if known.get("batchItemFailures"):
        return f"{len(known['batchItemFailures'])} messages of the batch failed"
    if expected in ("allowed", "refused"):
        said = {True: "allowed", False: "refused"}.get(known.get("isAuthorized"), "nothing")
        return None if said == expected else f"the authorizer said {said}, expected {expected}"
    status = known.get("statusCode")
    if expected is not None:
        return None if str(status) == expected else f"the status is {status}, expected {expected}: {known.get('body')}"
    if isinstance(status, int) and status >= SERVER_ERROR:
        return f"the status is {status}: {known.get('body')}"
    return None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    problem = find_problem(Path(sys.argv[1]).read_text(), sys.argv[2] if len(sys.argv) == 3 else None)
    if problem:
        sys.exit(f"response: {problem}")


if __name__ == "__main__":
    main()
