"""Simulated recordings in Neurodata Without Borders whose neurons' filters are known."""
