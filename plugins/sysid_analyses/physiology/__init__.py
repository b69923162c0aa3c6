"""Classic protocols of physiology, shown to a trained model."""
