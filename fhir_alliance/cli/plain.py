"""Text that others wrote, made fit for a terminal."""


def plain(text: str) -> str:
    """``text`` with anything in it that a terminal would obey, or could not write, replaced."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
