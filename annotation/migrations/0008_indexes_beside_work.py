from django.db import migrations, models

from accounts.beside_work import AddIndexBesideWork, ReplaceUniqueBesideWork


class Migration(migrations.Migration):
    """Everything that takes long on large tables, while people go on labeling."""

    atomic = False
    dependencies = [("annotation", "0007_first_lease")]

    operations = [
        AddIndexBesideWork(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("is_surplus", True)),
                fields=["round"],
                name="assignment_surplus",
            ),
        ),
        AddIndexBesideWork(
            model_name="judgment",
            index=models.Index(fields=["round", "submitted_at"], name="judgment_by_time"),
        ),
        AddIndexBesideWork(
            model_name="judgmentrevision",
            index=models.Index(fields=["author", "created_at"], name="revision_by_author"),
        ),
        ReplaceUniqueBesideWork(
            model_name="rating",
            constraint=models.UniqueConstraint(
                fields=("judgment", "criterion", "part"), name="rating_once_per_part"
            ),
            replaced=models.UniqueConstraint(
                fields=("judgment", "criterion"), name="rating_once_per_criterion"
            ),
        ),
    ]
