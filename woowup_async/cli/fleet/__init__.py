"""Backfills of many accounts: `woowup backfill --accounts accounts.toml --workers N`.

Room: cli. `command` checks the options, `parent` starts a process for each core, and `worker` runs its accounts.
"""
