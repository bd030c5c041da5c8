"""Addresses of what a person sets for the labeling page, below /preferences/."""

from django.urls import path

from annotation.views import keys

urlpatterns = [
    path("keys/", keys.keys, name="keys"),
    path("keys/switch/", keys.switch, name="switch-keys"),
]
