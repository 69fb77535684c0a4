"""Measurements, each in one run beside its reference."""
