"""Addresses of what raters and leads say to each other, and of the live panel of a round."""

from django.urls import path

from annotation.views import clarifications, flags, live, questions, returns

ROUND = "rounds/<str:round>/"
urlpatterns = [
    # Raters
    path("questions/", questions.questions, name="questions"),
    path("questions/<str:flag>/read/", questions.read_answer, name="read-answer"),
    path("assignments/<str:assignment>/flag/", questions.ask, name="ask"),
    path("assignments/<str:assignment>/stand/", questions.stand, name="stand"),
    path(
        "clarifications/<str:clarification>/read/",
        questions.read_clarification,
        name="read-clarification",
    ),
    # Leads
    path("flags/", flags.flags, name="flags"),
    path("flags.csv", flags.flags_file, name="flags-file"),
    path("flags/<str:flag>/", flags.flag, name="flag"),
    path(ROUND + "clarifications/", clarifications.clarifications, name="clarifications"),
    path(
        "clarifications/<str:clarification>/withdraw/",
        clarifications.withdraw,
        name="withdraw-clarification",
    ),
    path(ROUND + "returns/", returns.returns, name="returns"),
    path("judgments/<str:judgment>/return/", returns.give_back, name="return-judgment"),
    path(ROUND + "live/", live.live, name="live"),
]
