"""The start: the first input."""


def algorithm(train_inputs, train_values, test_inputs):
    return test_inputs[:, 0]
