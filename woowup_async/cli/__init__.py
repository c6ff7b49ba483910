"""The `woowup` command.

Room: cli. It needs the extra `cli`. Without it, `main` says how to install it.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from woowup_async.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write("woowup: the command line needs its extra: pip install 'woowup_async[cli]'\n")
        sys.exit(2)
    from woowup_async.cli.display.terminal import prepare

    prepare()
    app()
