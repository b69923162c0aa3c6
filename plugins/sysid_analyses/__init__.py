"""The analyses that ship with sysid."""
