"""Addresses of rounds and of a rubric's preview, below /projects/<project>/."""

from django.urls import path

from annotation.views import preview, rounds

ROUND = "rounds/<str:round>/"
urlpatterns = [
    path("rubrics/versions/<str:version>/preview/", preview.rubric, name="rubric-preview"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new/", rounds.new, name="new-round"),
    path(ROUND, rounds.round_page, name="round"),
    path(ROUND + "preview/", preview.of_round, name="round-preview"),
    path(ROUND + "pause/", rounds.pause, name="pause-round"),
    path(ROUND + "reopen/", rounds.reopen, name="reopen-round"),
    path(ROUND + "close/", rounds.close, name="close-round"),
    path(ROUND + "pace/", rounds.pace, name="round-pace"),
    path(ROUND + "raters/", rounds.add, name="add-rater"),
    path(ROUND + "raters/<str:rater>/", rounds.rater, name="round-rater"),
]
