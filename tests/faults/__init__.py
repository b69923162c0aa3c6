"""What goes wrong on purpose: broken, hostile and random input, and what sysid makes of it."""
