from django.db import migrations

from accounts.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]
    operations = [refuse("annotation_judgmentrevision", "UPDATE", "DELETE")]
