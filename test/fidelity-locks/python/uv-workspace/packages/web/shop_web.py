"""Pages."""
import cachetools
import jinja2
import shop_core

__version__ = "2.0.0"


@cachetools.cached({})
def page(count):
    return jinja2.Template("{{ price }} credits").render(price=shop_core.price(count))
