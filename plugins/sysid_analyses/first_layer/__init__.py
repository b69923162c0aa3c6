"""What the first layer's kernels have learned."""
