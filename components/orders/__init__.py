"""What only the order program needs: its settings, tables, functions, and what people watch of it."""

from components.orders.functions import OrderFunctions
from components.orders.settings import Settings, SettingsError, load_settings
from components.orders.tables import OrderTables, order_tables
from components.orders.watching import WATCH_MINUTES, Watched

__all__ = [
    "WATCH_MINUTES",
    "OrderFunctions",
    "OrderTables",
    "Settings",
    "SettingsError",
    "Watched",
    "load_settings",
    "order_tables",
]
