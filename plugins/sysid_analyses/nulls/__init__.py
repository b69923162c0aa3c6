"""What chance, time and nothing at all would score."""
