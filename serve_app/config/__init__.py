"""The configuration: its schema, how a file is read, and every fault it may have."""
