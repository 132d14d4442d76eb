"""Storms over real worker processes, and a checker that shares no code with them: `python -m chaos`."""
