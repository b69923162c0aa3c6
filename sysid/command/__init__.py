"""The command line: one module per verb; everything slow is imported when a verb runs."""
