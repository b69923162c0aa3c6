"""One classic protocol a file: what is shown, and which indices the responses have."""
