"""Files of Neurodata Without Borders that sysid writes; no other part of the host imports pynwb."""
