from pydantic import TypeAdapter


def price(text):
    return TypeAdapter(int).validate_python(text)
