"""Whether 03/04 is in March or in April: settled by the file or stated by the user, never guessed.

An export does not say in which order its phone writes dates. In this order the file is asked:
1. the year comes first (`2026-11-23`): there is nothing to ask;
2. a date exists in one order only (`23/11`, because there is no month 23);
3. read in the wrong order, the file goes back in time somewhere, and read in the right one nowhere.
What none of these settles, or what they answer both ways, only the user can say (`--date-order`).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from nanie_actors.errors import SourceError
from nanie_actors.whatsapp.export.header import Header

DateOrder = Literal["auto", "dmy", "mdy"]
"""What a user states: `dmy` day first, `mdy` month first, `auto` the file's own evidence."""

WrittenOrder = Literal["ymd", "dmy", "mdy"]
"""The order a file's dates are in."""

_ASK = "say which with --date-order dmy (day first) or --date-order mdy (month first)"
_CENTURY = 2000
_EPOCH_YEAR = 1970


def read_date(header: Header, order: WrittenOrder) -> datetime.date | None:
    """The header's date read in this order, or None where there is no such day."""
    if order == "ymd":
        return _date(header.first, header.second, header.third)
    year = header.third + _CENTURY if header.shape.year_digits == 2 else header.third
    if order == "dmy":
        return _date(year, header.second, header.first)
    return _date(year, header.first, header.second)


def _date(year: int, month: int, day: int) -> datetime.date | None:
    if year < _EPOCH_YEAR:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


@dataclass(slots=True)
class DateEvidence:
    """What the headers of one shape tell about their order. Fed in the order of the file."""

    dmy_only: str = ""
    mdy_only: str = ""
    undecided: str = ""
    dmy_goes_back: bool = False
    mdy_goes_back: bool = False
    _last_dmy: datetime.date = datetime.date.min
    _last_mdy: datetime.date = datetime.date.min

    def add(self, header: Header) -> bool:
        """Weigh one header; False when its date exists in no order, so that it is not a header at all."""
        if header.shape.year_first:
            return read_date(header, "ymd") is not None
        dmy, mdy = read_date(header, "dmy"), read_date(header, "mdy")
        if dmy is None or mdy is None:
            self.dmy_only = self.dmy_only or (header.date if dmy else "")
            self.mdy_only = self.mdy_only or (header.date if mdy else "")
            return dmy is not None or mdy is not None
        if dmy != mdy:
            self.undecided = self.undecided or header.date
        self.dmy_goes_back |= dmy < self._last_dmy
        self.mdy_goes_back |= mdy < self._last_mdy
        self._last_dmy, self._last_mdy = dmy, mdy
        return True


def settle_order(evidence: DateEvidence, stated: DateOrder, file_name: str) -> Literal["dmy", "mdy"]:
    """The order of a file whose dates end in the year.

    Raises SourceError when the file does not settle it, contradicts itself, or contradicts what was stated.
    """
    if stated != "auto":
        return _checked(evidence, stated, file_name)
    if evidence.dmy_only and evidence.mdy_only:
        raise SourceError(
            f"{file_name}: {evidence.dmy_only} and {evidence.mdy_only} cannot be of one date order; {_ASK}."
        )
    if evidence.dmy_only or evidence.mdy_only:
        return "dmy" if evidence.dmy_only else "mdy"
    if evidence.undecided and evidence.dmy_goes_back == evidence.mdy_goes_back:
        raise SourceError(f"{file_name}: {evidence.undecided} and the other dates fit both orders; {_ASK}.")
    return "mdy" if evidence.dmy_goes_back else "dmy"


def _checked(evidence: DateEvidence, stated: Literal["dmy", "mdy"], file_name: str) -> Literal["dmy", "mdy"]:
    """Take the user's word unless every date with evidence speaks against it."""
    against, in_favour = evidence.dmy_only, evidence.mdy_only
    if stated == "dmy":
        against, in_favour = in_favour, against
    if against and not in_favour:
        other = "mdy" if stated == "dmy" else "dmy"
        raise SourceError(
            f"{file_name}: {against} is no date in the order {stated}; use --date-order {other}."
        )
    return stated
