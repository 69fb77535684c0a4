"""From a model's numbers to scores, labels and their order."""
