"""What integration tests need, ours and yours: an account on loopback, and a clock that nobody waits for."""

from woowup_async.testing.clock import FakeClock
from woowup_async.testing.simulator import Scripted, Simulator

__all__ = ["FakeClock", "Scripted", "Simulator"]
