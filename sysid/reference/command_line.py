"""What `python -m sysid.reference FOLDER` does."""

import sys
from pathlib import Path

from sysid.reference import write_reference


def main() -> None:
    """Write the pages into the folder that the command line names."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("python -m sysid.reference: expected one existing folder, such as docs/reference")
    for path in write_reference(Path(sys.argv[1])):
        print(path)
