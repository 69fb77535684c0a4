"""Conversations: how they become prompts, and what a model's answer to one is made of."""
