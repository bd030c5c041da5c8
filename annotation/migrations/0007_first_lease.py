from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0006_talk_resolved_and_live_figures")]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="first_leased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
