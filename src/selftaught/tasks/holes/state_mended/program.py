"""The start: two letters in a byte."""


def encode(text):
    numbers = ["ACGT".index(letter) for letter in text + "A" * (len(text) % 2)]
    return bytes([len(text) % 2]) + bytes(
        16 * a + b for a, b in zip(numbers[::2], numbers[1::2], strict=True)
    )


def decode(code):
    text = "".join("ACGT"[byte // 16] + "ACGT"[byte % 16] for byte in code[1:])
    return text[:-1] if code[0] else text
