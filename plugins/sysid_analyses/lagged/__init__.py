"""A movie summed over many bins with many weights, at many lags: in the Fourier domain, or exactly."""
