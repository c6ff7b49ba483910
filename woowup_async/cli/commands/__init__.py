"""The subcommands of `woowup`, one module for each."""
