"""The readouts that ship with sysid."""
