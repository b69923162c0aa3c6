"""Recordings written as Neurodata Without Borders, what several datasets share."""
