"""Look at the whole installation: one module per area, each yields remarks. `sysid doctor` prints them."""
