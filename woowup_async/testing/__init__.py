"""Tools for integration tests: a simulated account on loopback, and a clock with virtual time."""

from woowup_async.testing.budgets import MemoryStore
from woowup_async.testing.ceilings import BulkCeiling
from woowup_async.testing.clock import FakeClock
from woowup_async.testing.faults import Faults, Scripted
from woowup_async.testing.simulator import Simulator

__all__ = ["BulkCeiling", "FakeClock", "Faults", "MemoryStore", "Scripted", "Simulator"]
