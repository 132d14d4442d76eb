"""A mixed load for as long as asked: does anything grow that should not?"""
