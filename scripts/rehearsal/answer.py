#!/usr/bin/env python3
"""Judges what a function answered, because `sam local invoke` ends well whatever that is.

    answer.py FILE [EXPECTED]

FILE is what SAM printed, the answer in its last line. EXPECTED is a status, `allowed` or `refused`
(the authorizer's); without it anything is good but a failure. The exit code is 1 if it is not.
"""

import json
import sys
from pathlib import Path

# From here on a status means that the function or its stores failed.
SERVER_ERROR = 500


def judge(text, expected=None):
    """What is wrong with an answer; nothing if it is good."""
    lines = text.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        return f"the answer is no JSON: {lines[-1][:200]}"
    if not lines:
        return "there is no answer"
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
    wrong = judge(Path(sys.argv[1]).read_text(), sys.argv[2] if len(sys.argv) == 3 else None)
    if wrong:
        sys.exit(f"answer: {wrong}")


if __name__ == "__main__":
    main()
