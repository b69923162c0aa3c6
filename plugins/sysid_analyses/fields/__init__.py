"""Receptive fields of data and models, side by side."""
