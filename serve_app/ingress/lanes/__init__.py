"""From the ingress to a model: per model and verb a lane with its window, its queue and its deadlines."""
