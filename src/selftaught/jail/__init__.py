"""The wall between what a model wrote and everything that we trust."""
