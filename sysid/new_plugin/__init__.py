"""Write a new plugin: `sysid new-plugin`."""
