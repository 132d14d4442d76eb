"""Timelines for other programs and for people: pure encoders, from events and facts to bytes."""
