"""Timelines: what an event is, how messages become events, how events change. Pure."""
