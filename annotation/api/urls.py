"""The API of batches, rounds and judgments, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from annotation.api import batches, labeling, rounds, talk

app_name = "annotation-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/", rounds.ProjectsView.as_view(), name="projects"),
    path("rounds/", rounds.RoundsView.as_view(), name="rounds"),
    path("rounds/<str:round>/", rounds.RoundView.as_view(), name="round"),
    path("rounds/<str:round>/next/", labeling.NextView.as_view(), name="next"),
    path("assignments/<str:assignment>/", labeling.AssignmentView.as_view(), name="assignment"),
    path(
        "assignments/<str:assignment>/judgment/",
        labeling.JudgmentView.as_view(),
        name="judgment",
    ),
    path("assignments/<str:assignment>/draft/", labeling.DraftView.as_view(), name="draft"),
    path(
        "assignments/<str:assignment>/heartbeat/",
        labeling.HeartbeatView.as_view(),
        name="heartbeat",
    ),
    path("assignments/<str:assignment>/release/", labeling.ReleaseView.as_view(), name="release"),
    path("assignments/<str:assignment>/flags/", talk.OwnFlagsView.as_view(), name="own-flags"),
    path("assignments/<str:assignment>/stand-by/", talk.StandByView.as_view(), name="stand-by"),
    path("returns/", talk.OwnReturnsView.as_view(), name="own-returns"),
    path("flags/", talk.FlagsView.as_view(), name="flags"),
    path("flags/<str:flag>/answer/", talk.AnswerFlagView.as_view(), name="answer-flag"),
    path(
        "rounds/<str:round>/clarifications/",
        talk.ClarificationsView.as_view(),
        name="clarifications",
    ),
    path(
        "clarifications/<str:clarification>/withdraw/",
        talk.WithdrawClarificationView.as_view(),
        name="withdraw-clarification",
    ),
    path(
        "clarifications/<str:clarification>/read/",
        talk.ReadClarificationView.as_view(),
        name="read-clarification",
    ),
    path(
        "judgments/<str:judgment>/return/",
        talk.ReturnJudgmentView.as_view(),
        name="return-judgment",
    ),
    *batches.urlpatterns,
]
