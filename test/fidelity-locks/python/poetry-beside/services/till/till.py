from money_kit import line


def main() -> None:
    print(line("書籍", 1250))
