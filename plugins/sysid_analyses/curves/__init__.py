"""Scores against something that varies from run to run."""
