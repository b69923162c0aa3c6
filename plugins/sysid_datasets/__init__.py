"""The datasets that ship with sysid."""
