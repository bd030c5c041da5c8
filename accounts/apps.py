from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Every process knows which function does which kind of job, not only the worker."""
        autodiscover_modules("tasks")
        import_module("accounts.api.schema")
