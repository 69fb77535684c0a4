"""What `benchmarks.generation` measures, and how: the models, the requests, the load and whom it is put on."""
