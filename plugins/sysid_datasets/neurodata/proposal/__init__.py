"""What a first recipe for an NWB file models, chosen from what is in it."""
