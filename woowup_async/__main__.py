"""`python -m woowup_async` is `woowup`."""

from woowup_async.cli import main

main()
