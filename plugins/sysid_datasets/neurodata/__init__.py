"""How a file in Neurodata Without Borders is read."""
