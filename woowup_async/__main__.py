"""`python -m woowup_async` is `woowup`."""

from woowup_async.cli import main

if __name__ == "__main__":
    main()
