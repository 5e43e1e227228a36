"""The published figures that Northshire is set to or held against, each with its source, and what is judged instead."""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = 800_000
"""Residents that the county is drawn for."""

LIBRARY_USERS_PER_HEAD = 4_398_843 / 47_152_693
LIBRARY_VISITS_PER_HEAD = 113_173_328 / 46_404_168
LIBRARY_INCOME_PER_VISIT = 85e6 / 243e6
"""Pounds a visit: fines, hire and sales."""

COUNCIL_LIBRARY_HOURS = 37.7
COMMUNITY_LIBRARY_SHARE = 418 / 2_893
"""Hours a week, and the share of open libraries that communities run."""

NEAREST_LIBRARY_SHARE = 0.79
"""Share of Somerset's members who use the library nearest to them."""

MUSEUM_VISITS_A_SITE = 19_114_864 / 297
LEISURE_VISITS_A_SITE = 262_000

MUSEUM_USERS_PER_HEAD = 0.27
MUSEUM_VISITS_PER_USER = 2.3
POOL_USERS_PER_HEAD = 0.105
POOL_VISITS_PER_USER = 14.0
SPORTS_USERS_PER_HEAD = 0.165
SPORTS_VISITS_PER_USER = 19.0

CHARGING_MUSEUMS = 1 / 3
"""Share of council museums that charge for admission."""

BUDGETS = {"libraries": 9.4e6, "museums": 2.5e6, "pools": 3.5e6, "sports_centres": 3.0e6}
"""Net pounds a year of each service."""

OVERHEADS = {"libraries": 0.20, "museums": 0.18, "pools": 0.17, "sports_centres": 0.22}
"""Share of the net budget that is head office, stock, archives, contracts: above the venues' sum and not varying."""

AGE_BANDS = ("0-15", "16-24", "25-64", "65-74", "75-84", "85+")
AGE_SHARES_BY_DECILE = (
    (0.243, 0.116, 0.512, 0.073, 0.041, 0.016),
    (0.219, 0.116, 0.527, 0.076, 0.044, 0.018),
    (0.202, 0.116, 0.534, 0.080, 0.048, 0.020),
    (0.186, 0.114, 0.531, 0.092, 0.055, 0.023),
    (0.181, 0.106, 0.525, 0.101, 0.062, 0.025),
    (0.177, 0.103, 0.521, 0.106, 0.066, 0.027),
    (0.174, 0.098, 0.515, 0.113, 0.071, 0.028),
    (0.175, 0.095, 0.512, 0.115, 0.073, 0.029),
    (0.179, 0.091, 0.507, 0.117, 0.076, 0.031),
    (0.183, 0.096, 0.492, 0.119, 0.078, 0.032),
)
"""England's people by age band, one row a deprivation decile from 1, the most deprived."""


@dataclass(frozen=True)
class Figure:
    """A published figure: what it says, and where it is from (title, publisher, year)."""

    about: str
    says: str
    source: str


PUBLISHED = (
    Figure(
        "Libraries",
        "3,583 libraries, 226m visits and £744m spent in 2018/19: about £11.50 a head of Great Britain's 64.6m people "
        "and £3.30 a visit",
        "CIPFA public library statistics 2018/19, as reported by The Bookseller, December 2019; "
        "people: ONS mid-2018 estimates",
    ),
    Figure(
        "Libraries",
        "9.3 active users for every 100 residents (4,398,843 in 125 services with 47.2m residents); 2.44 visits a "
        "resident (113,173,328 in 121 services); 26 visits for each active user",
        "Libraries activity data 2023/24, Arts Council England, 2024; our sums",
    ),
    Figure(
        "Libraries",
        "council-run libraries open 37.7 hours a week on average, community-run ones 19.8; 14 in 100 open libraries "
        "are community-run",
        "Basic dataset for libraries 2023, Arts Council England; our sums",
    ),
    Figure(
        "Libraries",
        "79 in 100 members use the library nearest to them; 16 in 100 residents within 0.75 km of a library are "
        "active members, 8.5 in 100 at 5 to 8 km",
        "LibrariesWest active members by home area, Somerset, August 2018, Somerset and partner councils; our sums, "
        "with starred cells counted as 1.5 and each library placed where most of its members live",
    ),
    Figure(
        "Libraries",
        "income of £85m on 243m visits, 35p a visit; £448m of £857m spent on staff (2016/17)",
        "CIPFA figures for 2016/17 compiled by Tim Coates, Public Libraries News, 2023",
    ),
    Figure(
        "Museums",
        "50.2% of adults visited a museum or gallery, of any kind and anywhere, in 2018/19",
        "Taking Part Survey 2018/19, DCMS, 2019",
    ),
    Figure(
        "Museums",
        "19.1m visits to 297 museums, 64,000 each; £55.0m of regular public funding, £2.90 a visit; £68.0m earned, "
        "£3.60 a visit",
        "Annual surveys of museums, South East 2018-19, London 2018-19 and North West 2017-18, Museum Development "
        "programmes; our sums over those that answered",
    ),
    Figure(
        "Museums",
        "one council museum in three charges for admission",
        "Taking Charge: Evaluating the Evidence, DC Research for the Association of Independent Museums, 2016",
    ),
    Figure(
        "Swimming pools",
        "1,646 public centres with pools in the United Kingdom, 51% run by a trust; £5.22 for an adult swim",
        "State of the UK Swimming Industry Report 2023, Leisure DB, 2023",
    ),
    Figure(
        "Swimming pools",
        "around 31% of adults swim in a year, in any water",
        "Written evidence GPA0018, Swim England, to the House of Commons Committee of Public Accounts, session 2022-23",
    ),
    Figure(
        "Pools and sports centres",
        "262,000 visits a site; half of sites cover their costs; people from the most deprived fifth make 16% of "
        "visits, 2,189 of them a site, which suggests about 14,000 users a site and 19 visits each",
        "Moving Communities report 2024/25, Sport England, November 2025; the last two are our sums",
    ),
    Figure(
        "People",
        "ages by deprivation decile; older in villages (26% are 65 or over, England 18.5%)",
        "Small area population estimates mid-2020, ONS, with the English Indices of Deprivation 2019, MHCLG; our sums",
    ),
    Figure(
        "Children's social care",
        "£15.6bn net spent by councils in England in 2024-25, about £270 a resident",
        "Local authority revenue expenditure and financing England: 2024 to 2025, second release, MHCLG, December 2025; "
        "people: ONS mid-2023 estimates",
    ),
    Figure(
        "Care in county councils",
        "care for adults and children takes 69% of an average county council's budget, and up to three quarters",
        "County Councils Network, with Pixel Financial Management, March 2024",
    ),
    Figure("People", "23.3% of households in England and Wales have no car", "Housing: Census 2021, ONS, January 2023"),
)

JUDGED = (
    "Where towns, villages and venues are, and how deprived, old or car-owning each small area is about its average.",
    "The share of people without a car (households without one are smaller, so it is set below the census share).",
    "Library visits a user differ by about an eighth from library to library, around the national average.",
    f"Users of Northshire's museums ({100 * MUSEUM_USERS_PER_HEAD:g} for every 100 residents, "
    f"{MUSEUM_VISITS_PER_USER:g} visits each); the survey counts museums anywhere.",
    f"Users of the pools ({100 * POOL_USERS_PER_HEAD:g} for every 100 residents, {POOL_VISITS_PER_USER:g} visits "
    f"each) and sports centres ({100 * SPORTS_USERS_PER_HEAD:g} for every 100): fewer visits a site than Moving "
    "Communities finds, whose sites mostly hold a gym, hall and pool together. "
    "Other pools and gyms in the county are left out.",
    "Average paid for each visit to pools and sports centres: below a full adult price because of lessons, concessions "
    "and memberships.",
    "How cost is split between fixed and varying with hours, sale value, mothball cost, capacity, and the overhead of "
    f"each service ({min(OVERHEADS.values()):.0%} to {max(OVERHEADS.values()):.0%} of its net budget).",
    "Net budgets of museums, pools and sports centres. The library budget is about the national spend a head.",
    "How users thin out with distance: near Somerset's libraries, though fewer use the nearest one, because "
    "Northshire's city has several close together.",
    "Tourists are left out: every user lives in the county or in the rim around it.",
    "Every measure, booked saving and promise in the plan.",
)
