"""serve-app: one YAML file of Hugging Face models becomes a scalable Ray Serve graph."""

__version__ = "0.1.0"
