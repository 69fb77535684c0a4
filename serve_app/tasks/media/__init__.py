"""Images and sounds: what a caller may send, how it becomes numbers, and what goes back."""
