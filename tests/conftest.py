"""What holds for every test."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# The same examples in every run: a red test is red for everybody. NANIE_TEST_EXPLORE=1 looks for new ones.
settings.register_profile(
    "same",
    derandomize=True,
    database=None,
    print_blob=True,
    deadline=None,  # no test depends on how busy the machine is
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default" if os.environ.get("NANIE_TEST_EXPLORE") else "same")

# A shell starts what it puts into the background deaf to Ctrl-C, and so would be all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
