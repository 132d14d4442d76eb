"""WhatsApp's own *Export chat* files: from their bytes to the events of one group.

Nothing here knows of threads or of the worker. `chat.py` is the way in; the other files are one rule each.
"""
