"""Pages of reliability and adjudication, below /projects/<project>/."""

from django.urls import path

from reliability.views import cases, criterion, judgments, precedents, project, report, reports

app_name = "reliability"

ROUND = "rounds/<str:round>/reliability/"

urlpatterns = [
    path("reliability/", project.project, name="project"),
    path("reliability/figures.csv", project.project_file, name="project_file"),
    path(ROUND, report.summary, name="round"),
    path(f"{ROUND}compute/", report.compute, name="compute"),
    path(f"{ROUND}figures.csv", report.figures_file, name="figures_file"),
    path(f"{ROUND}criteria/<slug:criterion>/", criterion.criterion, name="criterion"),
    path(f"{ROUND}judgments/", judgments.behind, name="judgments"),
    path(f"{ROUND}judgments.csv", judgments.behind_file, name="judgments_file"),
    path(f"{ROUND}items/<str:item>/", judgments.item, name="item"),
    path("rounds/<str:round>/precedents/", precedents.precedents, name="precedents"),
    path("rounds/<str:round>/reports/", reports.of_round, name="reports"),
    path("rounds/<str:round>/reports/finalise/", reports.finalise, name="finalise_report"),
    path("reports/<str:report>/", reports.report, name="final_report"),
    path("reports/<str:report>/<slug:format>/", reports.report_file, name="report_file"),
    path("rounds/<str:round>/cases/", cases.of_round, name="round_cases"),
    path("rounds/<str:round>/cases/queue/", report.queue, name="queue_cases"),
    path("cases/", cases.queue, name="cases"),
    path("cases/next/", cases.take_next, name="next_case"),
    path("cases/<str:case>/", cases.case, name="case"),
    path("cases/<str:case>/take/", cases.take, name="take_case"),
    path("cases/<str:case>/attachments/<int:place>/", cases.attachment, name="case_attachment"),
    path("cases/<str:case>/answers/", cases.answers, name="case_answers"),
]
