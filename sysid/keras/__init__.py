"""Networks in Keras 2 files become run folders; JSON and HDF5 are read as data, nothing is executed."""
