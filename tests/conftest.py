"""What holds for every test."""

from __future__ import annotations

import os

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
