"""Says what this Krita's Python module has of the classes and members asked for."""

import krita


def main(arguments):
    """Class -> member -> its documentation, or None where it is missing."""
    return {
        name: {member: describe(getattr(krita, name, None), member) for member in members}
        for name, members in arguments.items()
    }


def describe(owner, member):
    found = getattr(owner, member, None)
    return None if found is None else (found.__doc__ or "")
