"""How long ago something was, in one number that a person takes in at a glance."""

#: (shown below so many of its units, the unit in seconds, its name)
_UNITS = ((120, 1, "s"), (120, 60, "min"), (48, 3600, "h"))
_DAY = 86400


def age(seconds: float) -> str:
    """``90 s``, ``5 min``, ``3 h``, ``12 days``; never more than it is."""
    for most, unit, name in _UNITS:
        if seconds < most * unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds // _DAY)} days"
