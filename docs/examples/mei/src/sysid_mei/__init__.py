"""An analysis for sysid: the most exciting input of every cell, by gradient ascent through its model."""
