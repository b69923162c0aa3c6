"""What this project's fast parts gain over what a user would pick instead: `python -m benchmarks`."""
