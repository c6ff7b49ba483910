"""`python -m tests.official` prints how much of the vendor's pages is exposed, validated and kept."""

import asyncio
import sys

from tests.official.measures import Row, all_rows


def show(rows: list[Row]) -> str:
    """Return the table, the missing parts, and the exceptions with their numbers."""
    lines = [f"{'':32}{'documented':>12}{'exposed':>12}{'validated':>12}{'kept':>12}"]
    for row in rows:
        counts = "".join(f"{count:12}" for count in (row.documented, row.exposed, row.validated, row.kept))
        lines.append(f"{row.name:32}{counts}")
    lines += [f"MISSING {row.name}: {what}" for row in rows for what in row.missing]
    lines += ["", "Exceptions, explained under their numbers in docs/vendor-unknowns.md:"]
    lines += [f"  {exception}" for row in rows for exception in row.exceptions]
    return "\n".join(lines)


def main() -> int:
    """Print the table. Return 0 if all counts are equal."""
    rows = asyncio.run(all_rows())
    print(show(rows))
    return 0 if all(row.is_whole for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
