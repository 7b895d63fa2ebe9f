from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("targets", "0014_newest_and_waiting")]

    operations = [
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(fields=["area", "period", "status"], name="observation_of_grid"),
        ),
    ]
