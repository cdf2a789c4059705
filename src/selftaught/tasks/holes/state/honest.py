"""Four letters in a byte: no code that can be read has fewer on average."""


def encode(text):
    number = int("1" + "".join(str("ACGT".index(letter)) for letter in text), 4)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode(code):
    number, text = int.from_bytes(code, "big"), []
    while number > 1:
        number, letter = divmod(number, 4)
        text.append("ACGT"[letter])
    return "".join(reversed(text))
