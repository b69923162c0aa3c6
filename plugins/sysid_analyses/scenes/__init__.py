"""How much there is in a movie, and what that does to models of cells."""
