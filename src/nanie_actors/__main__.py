"""`python -m nanie_actors`: the same program as `nanie`."""

from nanie_actors.cli.app import main

main(prog_name="nanie")
