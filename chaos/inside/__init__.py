"""What is loaded into a worker's process from outside, so that the worker itself needs no hooks for it."""
