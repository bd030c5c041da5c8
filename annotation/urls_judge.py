"""Addresses of the labeling page, below /projects/<project>/."""

from django.urls import path

from annotation.views import judge

urlpatterns = [
    path("work/", judge.work, name="work"),
    path("rounds/<str:round>/judge/", judge.judge, name="judge"),
    path("assignments/<str:assignment>/", judge.assignment, name="assignment"),
    path("assignments/<str:assignment>/draft/", judge.draft, name="draft"),
]
