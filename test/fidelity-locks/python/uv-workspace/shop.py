import shop_core
import shop_web


def main():
    print(shop_core.price(2), shop_web.page(3))
