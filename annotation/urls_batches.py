"""Pages of batches and items, below /projects/<project>/."""

from django.urls import URLPattern, URLResolver, path

from annotation.views import attachments, batches

urlpatterns: list[URLPattern | URLResolver] = [
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.upload, name="upload-batch"),
    path("batches/<str:batch>/", batches.batch, name="batch"),
    path("batches/<str:batch>/retry/", batches.retry, name="retry-batch"),
    path("batches/<str:batch>/rejected-rows.csv", batches.rejections, name="batch-rejections"),
    path("items/", batches.items, name="items"),
    path("items/<str:item>/", batches.item, name="item"),
    path(
        "items/<str:item>/attachments/<int:place>/",
        attachments.of_item,
        name="item-attachment",
    ),
    path(
        "assignments/<str:assignment>/attachments/<int:place>/",
        attachments.of_assignment,
        name="attachment",
    ),
]
