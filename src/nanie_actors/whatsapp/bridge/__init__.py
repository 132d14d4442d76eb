"""The process that holds the WhatsApp library, and the only code that imports it.

The library can abort its process, cannot always be stopped, and prints where it likes. So it lives in a
process of its own, which the worker starts, watches and, if need be, kills: `python -m
nanie_actors.whatsapp.bridge`.
"""
