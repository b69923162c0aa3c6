"""The encoders that ship with sysid."""
