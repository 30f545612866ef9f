"""Runs the contract's checks in this Krita."""

import contract


def main(arguments):
    return (yield from contract.run(arguments.get("only")))
