"""A network with fewer first kernels."""
