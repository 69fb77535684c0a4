"""Questions about documents: where their words stand, and how the answers are found or written."""
