"""The parts of scripts/tidy.py."""
