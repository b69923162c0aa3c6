"""Which model is better: all variants of a recipe, pair by pair."""
