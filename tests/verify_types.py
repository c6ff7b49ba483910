"""Check that each public name has a complete type: `pyright --verifytypes` must report 100 %."""

import re
import subprocess
import sys

COMMAND = ("pyright", "--verifytypes", "woowup_async", "--ignoreexternal")


def main() -> int:
    """Print the names without a known type and the score. Return the exit code."""
    shown = subprocess.run(COMMAND, capture_output=True, text=True, check=False).stdout
    score = re.search(r"Type completeness score: ([0-9.]+)%", shown)
    if score is not None and float(score[1]) == 100.0:
        print("public types: 100 %")
        return 0
    print(*(line for line in shown.splitlines() if "error" in line), score[0] if score else shown, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
