"""The dialect of OpenAI's clients, a file for each of its calls."""
