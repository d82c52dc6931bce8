from text_kit import padded


def line(item: str, cents: int) -> str:
    return f"{padded(item, 8)}{cents / 100:6.2f}"
