"""Addresses of the labeling page, below /projects/<project>/."""

from django.urls import path

from annotation.views import judge

urlpatterns = [
    path("work/", judge.work, name="work"),
    path("rounds/<str:round>/judge/", judge.judge, name="judge"),
    path("rounds/<str:round>/judge/ahead/", judge.ahead, name="ahead"),
    path("rounds/<str:round>/judge/give-back/", judge.give_back, name="give_back"),
    path("assignments/<str:assignment>/", judge.assignment, name="assignment"),
    path("assignments/<str:assignment>/draft/", judge.draft, name="draft"),
]
