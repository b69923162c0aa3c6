"""Which difference a recording can show."""
