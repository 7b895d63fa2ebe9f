from targets.desk.admin import decision_admin, plan_admin, report_admin
