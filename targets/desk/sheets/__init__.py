"""Sheets of Excel and CSV: filled in away from the desk, judged row by row, written all or nothing.

Each kind goes through the door that its form at the desk goes through; a file that was taken out and not
changed comes in as unchanged.
"""

from targets.desk.sheets.plan_sheets import BaselineSheet, DefinitionSheet, TargetSheet
from targets.desk.sheets.report_sheet import ReportSheet
from targets.desk.sheets.sheet import Fault, Judged, Sheet, Verdict

KINDS = {kind.name: kind for kind in (ReportSheet, TargetSheet, BaselineSheet, DefinitionSheet)}

__all__ = ["KINDS", "Fault", "Judged", "Sheet", "Verdict"]
