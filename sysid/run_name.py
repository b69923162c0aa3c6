"""Names of runs, `variant/dataset/fold0/seed0`, and the patterns that choose among them."""

import fnmatch


def write_name(variant: str, dataset: str, fold: int, seed: int) -> str:
    """Return the name of a run."""
    return f"{variant}/{dataset}/fold{fold}/seed{seed}"


def fits(name: str, pattern: str) -> bool:
    """Say whether a name, or the start of it up to a `/`, fits a shell's pattern such as `cnn/movie1/*`."""
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, f"{pattern.rstrip('/')}/*")
