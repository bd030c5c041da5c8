"""Addresses of a person's own work, and of everybody's hours, below /projects/<project>/."""

from django.urls import path

from annotation.views import hours, own_work, rubric_news

urlpatterns = [
    path("work/judgments/", own_work.history, name="history"),
    path("work/judgments.csv", own_work.history_file, name="history_file"),
    path("work/statement/", own_work.statement, name="statement"),
    path("work/statement.csv", own_work.statement_file, name="statement_file"),
    path("work/receipts.csv", own_work.receipts_file, name="receipts_file"),
    path("rounds/<str:round>/changes/", rubric_news.changes, name="rubric_changes"),
    path("hours/", hours.hours, name="hours"),
    path("hours.csv", hours.hours_file, name="hours_file"),
]
