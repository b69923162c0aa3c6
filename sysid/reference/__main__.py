"""`python -m sysid.reference FOLDER`."""

from sysid.reference.command_line import main

if __name__ == "__main__":
    main()
