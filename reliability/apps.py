from django.apps import AppConfig


class ReliabilityConfig(AppConfig):
    name = "reliability"

    def ready(self) -> None:
        # Importing them registers the handlers of jobs and signals.
        from reliability import receivers, tasks  # noqa: F401, PLC0415 - models must be loaded
