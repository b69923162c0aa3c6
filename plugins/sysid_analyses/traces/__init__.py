"""Responses and predictions as they run in time."""
