"""The words for a baseline's time, derived from the years of the plan."""

# The first five-year plan whose years follow each other without a gap to today's: 三五, 1966 to 1970.
THIRD = 1966
NUMERALS = "〇一二三四五六七八九十"


def words(start_year: int, end_year: int, baseline_year: int) -> dict[str, str]:
    """By code of the basis: 十二五期间 before a plan of 2016 to 2020, else with the years."""
    earlier = five_year_name(start_year - 5) if end_year - start_year == 4 else ""
    return {
        "previous_period": f"{earlier}期间" if earlier else f"{start_year}年以前",
        "previous_end": f"{earlier}末" if earlier else f"{baseline_year}年底",
        "at_drafting": "编制时(现已)",
        "recent_years": "近几年",
    }


def five_year_name(start_year: int) -> str:
    """十三五 for 2016; empty for a year in which no five-year plan begins."""
    number, rest = divmod(start_year - THIRD, 5)
    return "" if rest or number < 0 else f"{_numeral(number + 3)}五"


def _numeral(number: int) -> str:
    """十三 for 13, 二十 for 20."""
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else NUMERALS[tens]) + "十" if tens else ""
    return ten + (NUMERALS[ones] if ones or not tens else "")
