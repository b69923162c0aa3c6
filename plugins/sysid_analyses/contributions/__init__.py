"""What each kernel of the first layer adds to each cell's response."""
