from wcwidth import wcswidth


def padded(text: str, width: int) -> str:
    return text + " " * (width - wcswidth(text))
