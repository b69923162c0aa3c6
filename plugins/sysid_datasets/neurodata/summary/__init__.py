"""What is in an NWB file, a few words for each thing."""
