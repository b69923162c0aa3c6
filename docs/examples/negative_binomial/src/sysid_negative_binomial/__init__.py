"""A readout for sysid: counts that vary more than those of a Poisson process."""
