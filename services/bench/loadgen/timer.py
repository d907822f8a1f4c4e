"""A timer of the kernel's, to the microsecond: an event loop's own timers wake by the millisecond."""

import asyncio
import os
import time
from collections.abc import Callable


class Timer:
    """Calls `wake` at absolute moments of CLOCK_MONOTONIC, one `at` after the other. Costs nothing between them."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._descriptor = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, wake)

    def at(self, moment: float) -> None:
        """A moment in the past is now. Setting it also clears what has expired: nothing need be read."""
        nanoseconds = max(1, round(moment * 1e9))  # zero would switch it off
        os.timerfd_settime_ns(self._descriptor, flags=os.TFD_TIMER_ABSTIME, initial=nanoseconds)

    def off(self) -> None:
        """What has expired would wake the event loop again and again, a whole core's worth."""
        os.timerfd_settime_ns(self._descriptor, initial=0)

    def close(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
