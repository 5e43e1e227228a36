"""Official files on what councils spend and whom they support: social care, revenue outturn, youth services."""

from __future__ import annotations

from .file_spec import Published

_CARE, _FINANCE, _YOUTH = "care/pss_ex", "finance", "youth"
_NHS = "NHS Digital (then the Health and Social Care Information Centre)"
_NHS_PAGE = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "personal-social-services-expenditure-and-unit-costs"
)
_PSS = "Personal social services: expenditure and unit costs, England"
_LOCAL = "Ministry of Housing, Communities and Local Government and its forerunners"
_LOCAL_PAGE = "https://www.gov.uk/government/collections/local-authority-revenue-expenditure-and-financing"
_SECTION_251 = "https://www.gov.uk/government/collections/section-251-materials"
_COUNCILS = 150
_HEADERS = "headers of several rows; Windows-1252; codes change meaning between years"


def _pss(name: str, year: str, what: str, trap: str) -> Published:
    """One file of a year with a row for each council."""
    return Published(name, _CARE, f"{_PSS}, {year}: {what}", _NHS, year, (), trap, _NHS_PAGE, rows=_COUNCILS)


def _rs(name: str, year: str, trap: str) -> Published:
    """One workbook of the Revenue Outturn Summary."""
    said = f"thousands of pounds; services are totals, net of their income; {trap}"
    title = f"Revenue Outturn Summary (RS), England, {year}: by local authority"
    return Published(name, _FINANCE, title, _LOCAL, year, (), said, _LOCAL_PAGE)


def _youth(name: str, year: str, trap: str) -> Published:
    """One Section 251 outturn file on children's and young people's services."""
    title = f"Section 251 outturn, England, {year}: children and young people's services by authority and line"
    said = f"Windows-1252; line numbers change every year; {trap}"
    return Published(name, _YOUTH, title, "Department for Education", year, (), said, _SECTION_251)


SPENDING_FILES = {
    "care_activity_0910": _pss(
        "2010_Final_Council_Level_ActivityData_2009-10.csv",
        "2009-10",
        "activity by council",
        f"{_HEADERS}; `-` is 1 to 5 people, `..` is missing",
    ),
    "care_activity_1011": _pss(
        "2011_Final_Council_Level_Activity_Data_2010-11.csv",
        "2010-11",
        "activity by council",
        f"{_HEADERS}; many items need not be sent: `..` is not nothing",
    ),
    "care_costs_1011": _pss(
        "2011_Final_Council_Level_Unit_Costs_Data_2010-11.csv",
        "2010-11",
        "unit costs by council",
        f"{_HEADERS}; no codes; thousands of pounds above, pounds below; `.` is not applicable",
    ),
    "care_activity_1314": _pss(
        "2014_Annex_Final_CASSR_Level_Activity_Data_2013_14.csv",
        "2013-14",
        "activity by council",
        f"{_HEADERS}; many items need not be sent: `..` is not nothing",
    ),
    "care_costs_1314": _pss(
        "2014_Annex_Final_CASSR_Level_Unit_Costs_2013_14.csv",
        "2013-14",
        "unit costs by council",
        f"{_HEADERS}; thousands of pounds above, pounds below",
    ),
    "care_spending_1415": Published(
        "2015_pss-exp-eng-14-15-fin-coun-lev-exp-data.csv",
        _CARE,
        f"{_PSS}, 2014-15: spending by council",
        _NHS,
        "2014-15",
        (),
        "councils are columns; reasons for support, not the client groups of before; totals stand among the parts; thousands",
        _NHS_PAGE,
        rows=2_674,
    ),
    "care_costs_1415": Published(
        "2015_pss-exp-eng-14-15-fin-coun-lev-unit-cost.csv",
        _CARE,
        f"{_PSS}, 2014-15: unit costs by council",
        _NHS,
        "2014-15",
        (),
        "councils are columns, regions after them; care homes and reablement alone; not comparable with the years before",
        _NHS_PAGE,
        rows=216,
    ),
    "care_spending_1617": Published(
        "2017_ASCFR_Totals.csv",
        _CARE,
        "Adult social care activity and finance, England, 2016-17: finance totals",
        _NHS,
        "2016-17",
        (),
        "bare keys without a dictionary; ages from 65 on stand whole and in parts; England and regions among the councils",
        "https://digital.nhs.uk/data-and-information/publications/statistical/"
        "adult-social-care-activity-and-finance-report",
        rows=41_699,
    ),
    "care_measures": Published(
        "oflog_ASC_data.csv",
        "care",
        "Local authority data explorer: adult social care",
        "Office for Local Government",
        "2015-16 to 2022-23",
        (),
        "measures and shares, not counts; no units; some years lack some measures",
        "https://oflog.data.gov.uk",
        rows=6_376,
    ),
    "outturn_1011": _rs("RS_2010-11_by_LA.xls", "2010-11", "social care is not split; no public health"),
    "outturn_1415": _rs("RS_2014-15_by_LA.xls", "2014-15", "names end in CC, UA and the like"),
    "outturn_1718": _rs(
        "RS_2017-18_data_by_LA.xlsx", "2017-18", "hidden sheets hold older figures: only visible ones count"
    ),
    "youth_1011": _youth(
        "s251_outturn_1011.csv", "2010-11", "young people on lines 41 to 45, three of them on their own"
    ),
    "youth_1213": _youth(
        "s251_outturn_1213.csv", "2012-13", "young people on lines 27 and 28; lines 34 and 35 repeat parts"
    ),
    "youth_1314": _youth(
        "s251_outturn_1314.csv", "2013-14", "young people on lines 28 and 29; the year is not in the file"
    ),
}

TITLED = {
    "care_costs_0910": _pss(
        "2010_Final_Council_Level_Unit_Costs_2009-10.csv",
        "2009-10",
        "unit costs by council",
        f"{_HEADERS}; published apart from the activity; known by its title, under any name",
    ),
    **{
        key: _pss(
            f"{year}_{word}.csv",
            year,
            f"{what} by council",
            f"{_HEADERS}; known by its title, under any name; of 2011-12 only files downloaded since 5 February 2013 are right",
        )
        for year, short in (("2011-12", "1112"), ("2012-13", "1213"))
        for key, word, what in (
            (f"care_activity_{short}", "Final_Council_Level_Activity", "activity"),
            (f"care_costs_{short}", "Final_Council_Level_Unit_Costs", "unit costs"),
        )
    },
}
"""Files that are known by their title alone, under any name: nobody need call them as these do."""
"""Files by a short name."""
