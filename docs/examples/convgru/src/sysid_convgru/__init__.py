"""A core for sysid: gated recurrent units whose products are convolutions."""
