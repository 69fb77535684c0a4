"""Speech: how it is cut, written down and spoken."""
