"""Copies of a state directory: made while a worker writes it, checked, and laid down again."""
