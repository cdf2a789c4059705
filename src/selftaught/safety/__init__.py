"""What programs that a model wrote do to the limits put on them: seen, counted, told."""
