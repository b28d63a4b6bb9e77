"""Image restoration with deep networks, taught in notebooks and built on Keras 3."""

__version__ = "0.1.0"
