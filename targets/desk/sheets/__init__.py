"""Sheets of Excel and CSV, checked row by row and written all or none."""

from targets.desk.sheets.plan_sheets import BaselineSheet, DefinitionSheet, TargetSheet
from targets.desk.sheets.report_sheet import ReportSheet
from targets.desk.sheets.sheet import Fault, Judged, Sheet, Verdict

KINDS = {kind.name: kind for kind in (ReportSheet, TargetSheet, BaselineSheet, DefinitionSheet)}

__all__ = ["KINDS", "Fault", "Judged", "Sheet", "Verdict"]
