"""The demo study: an invented team compares three assistants before their release."""

from exports.services.demo.loading import DemoSummary, load_demo

__all__ = ["DemoSummary", "load_demo"]
