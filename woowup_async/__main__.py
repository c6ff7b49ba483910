"""`python -m woowup_async` is `woowup`."""

from woowup_async.cli import main

if __name__ == "__main__":  # the process that forecasts imports this module, too
    main()
