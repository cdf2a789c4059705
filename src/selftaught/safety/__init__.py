"""What programs do to the limits put on them: found, rechecked, watched, kept."""
