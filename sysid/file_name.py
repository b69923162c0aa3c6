"""Which names from files may be names of files."""


def is_file_name(name: str) -> bool:
    """Say whether a name may be that of a file, or a part of one: it leads into no other folder."""
    return bool(name) and name not in (".", "..") and not any(letter in name for letter in "/\\\0")
