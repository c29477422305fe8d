"""What only the order program needs: its settings, tables, functions, and what people watch of it."""

from .functions import OrderFunctions
from .others import others
from .settings import Settings, SettingsError, load_settings
from .shop import Shop
from .tables import OrderTables, order_tables
from .watching import WATCH_MINUTES, Watched

__all__ = [
    "WATCH_MINUTES",
    "OrderFunctions",
    "OrderTables",
    "Settings",
    "SettingsError",
    "Shop",
    "Watched",
    "load_settings",
    "order_tables",
    "others",
]
