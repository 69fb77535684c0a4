"""The paged cache that all who batch continuously get: room for 64 sequences of the longest kind."""

SEQUENCES = 64
PAGE_TOKENS = 256
PAGES = 128
STEP_TOKENS = 512
CACHE_TOKENS = PAGES * PAGE_TOKENS
