from hengshui_plan.desk import account_admin
