from django.urls import path

from reliability.api.views import RoundReport

app_name = "reliability-api"
urlpatterns = [path("rounds/<str:round>/report/", RoundReport.as_view(), name="round-report")]
