"""A dataset for sysid: a table of spike times and a folder of frames."""
