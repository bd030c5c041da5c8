from django.urls import path

from reliability.api.figures import ProjectReliability, RoundCriterion, RoundSlices
from reliability.api.reports import FinalReportDetail, FinalReportFile, RoundFinalReports
from reliability.api.views import RoundReport

app_name = "reliability-api"
urlpatterns = [
    path("rounds/<str:round>/report/", RoundReport.as_view(), name="round-report"),
    path("rounds/<str:round>/report/slices/", RoundSlices.as_view(), name="round-slices"),
    path(
        "rounds/<str:round>/report/criteria/<slug:criterion>/",
        RoundCriterion.as_view(),
        name="round-criterion",
    ),
    path(
        "projects/<slug:project>/reliability/", ProjectReliability.as_view(), name="project-report"
    ),
    path("rounds/<str:round>/reports/", RoundFinalReports.as_view(), name="final-reports"),
    path("reports/<str:report>/", FinalReportDetail.as_view(), name="final-report"),
    path(
        "reports/<str:report>/<slug:format>/", FinalReportFile.as_view(), name="final-report-file"
    ),
]
