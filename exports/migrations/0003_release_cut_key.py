from django.conf import settings
from django.db import migrations, models

from accounts.append_only import refuse

# SQLite rebuilds the table to add a column, and its triggers would be gone unnoticed.
frozen = refuse("exports_goldrelease", "UPDATE", "DELETE")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_append_only"),
        ("exports", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RunPython(frozen.reverse_code, frozen.code),
        migrations.AddField(
            model_name="goldrelease",
            name="cut_key",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddConstraint(
            model_name="goldrelease",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cut_key", ""), _negated=True),
                fields=("project", "cut_key"),
                name="release_cut_once_per_key",
            ),
        ),
        migrations.RunPython(frozen.code, frozen.reverse_code),
    ]
