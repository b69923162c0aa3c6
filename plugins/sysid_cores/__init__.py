"""The cores that ship with sysid."""
