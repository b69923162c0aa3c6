"""How bytes are told to a person."""


def write_gib(count: int) -> str:
    """Return bytes in words."""
    return f"{count / 2**30:.1f} GiB"
