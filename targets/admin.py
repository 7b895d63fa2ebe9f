from targets.desk.admin import plan_admin, report_admin
