"""The report that every recipe run ends with: one HTML file that needs nothing beside it."""
