"""Run the command line: `python -m sysid`."""

from sysid.command.main import main

if __name__ == "__main__":
    main()
