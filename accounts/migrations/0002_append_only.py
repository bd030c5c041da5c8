from django.db import migrations

from accounts.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [refuse("accounts_auditevent", "UPDATE", "DELETE")]
