"""Who is who, without a disk: many addresses, one person each.

A person is called by the address under which they were first met, for ever. Whatever else turns out to be
theirs is another name of the same person:

    met 222@lid                                 → 222@lid
    met 4917…@s.whatsapp.net, 222@lid too       → 222@lid
    met 4917…@s.whatsapp.net                    → 222@lid

Persons are numbered as they are met, and small: two whole numbers in one table stand for an address.
"""

from __future__ import annotations

from typing import Final

from nanie_actors.whatsapp.live.addresses import LID_SERVER, PHONE_SERVER, is_lid, is_phone

OURSELVES: Final = "me"
"""What the account is called by if its first message comes before any address of it is known."""

_LID, _PHONE = 1, 2
_MOST_DIGITS = 18

_Packed = int | str


class Persons:
    """The same calls in the same order give the same persons. One thread at a time.

    `meet` and `are_us` say whether they taught anything: what they return True for is worth keeping.
    Addresses are of the form that `person_address` gives.
    """

    __slots__ = ("_account", "_earlier", "_has", "_names", "_numbers")

    def __init__(self) -> None:
        self._numbers: dict[_Packed, int] = {}
        self._names: list[_Packed] = []  # by number: what the person is called
        self._has = bytearray()  # by number: which sorts of addresses the person has
        self._earlier: dict[int, int] = {}  # of two who turned out to be one: the later to the earlier
        self._account: int | None = None

    def __len__(self) -> int:
        """How many addresses are known."""
        return len(self._numbers)

    def name_of(self, address: str) -> str:
        """What the person is called; the address itself where it is of nobody known."""
        number = self._find(address)
        return address if number is None else _unpacked(self._names[number])

    def account(self) -> str | None:
        """What the account itself is called; None while nothing is known of it."""
        return None if self._account is None else _unpacked(self._names[self._same(self._account)])

    def is_account(self, address: str) -> bool:
        """Whether this is an address of the account itself."""
        number = self._find(address)
        return number is not None and self._account is not None and number == self._same(self._account)

    def meet(self, address: str, also: str = "") -> bool:
        """Somebody has this address and, where that is told, `also` the one of the other sort."""
        if is_lid(address) and is_phone(also):
            return self._pair(address, also, first=address)
        if is_phone(address) and is_lid(also):
            return self._pair(also, address, first=address)
        if self._find(address) is not None:
            return False
        self._new(address)
        return True

    def are_us(self, address: str, also: str = "") -> bool:
        """The account has these addresses; none: it has said something, whoever it is.

        Other addresses of a sort that it had already mean that the session is another account's now.
        """
        if not address and self._account is not None:
            return False
        taught = self.meet(address or OURSELVES, also)
        number = self._number_of(address or OURSELVES)
        known = None if self._account is None else self._same(self._account)
        if known == number:
            return taught
        if known is not None and not self._has[known] & self._has[number]:
            number = self._merge(known, number)
        self._account = number
        return True

    def _pair(self, lid: str, phone: str, first: str) -> bool:
        by_lid, by_phone = self._find(lid), self._find(phone)
        if by_lid is None and by_phone is None:
            self._give(self._new(first), phone if first == lid else lid)
        elif by_lid == by_phone:
            return False
        elif by_phone is None or (by_lid is not None and self._has[by_phone] & _LID):
            # A new number of somebody known, or a number that was another person's before.
            self._give(self._number_of(lid), phone)
        elif by_lid is not None:
            self._merge(by_lid, by_phone)
        elif self._has[by_phone] & _LID:
            self._give(self._new(lid), phone)
        else:
            self._give(by_phone, lid)
        return True

    def _find(self, address: str) -> int | None:
        number = self._numbers.get(_packed(address))
        return None if number is None else self._same(number)

    def _number_of(self, address: str) -> int:
        return self._same(self._numbers[_packed(address)])

    def _same(self, number: int) -> int:
        while number in self._earlier:
            number = self._earlier[number]
        return number

    def _new(self, address: str) -> int:
        number = len(self._names)
        packed = _packed(address)
        self._names.append(packed)
        self._has.append(_sort_of(address))
        self._numbers[packed] = number
        return number

    def _give(self, number: int, address: str) -> None:
        self._numbers[_packed(address)] = number
        self._has[number] |= _sort_of(address)

    def _merge(self, one: int, other: int) -> int:
        first, second = sorted((one, other))
        self._earlier[second] = first
        self._has[first] |= self._has[second]
        return first


def _sort_of(address: str) -> int:
    return _LID if is_lid(address) else _PHONE if is_phone(address) else 0


def _packed(address: str) -> _Packed:
    """A number where the address has the usual form: a third of the memory of its text."""
    user, _, server = address.partition("@")
    usual = server in (LID_SERVER, PHONE_SERVER) and user.isascii() and user.isdecimal()
    if not usual or user.startswith("0") or len(user) > _MOST_DIGITS:
        return address
    return int(user) * 2 + (server == LID_SERVER)


def _unpacked(packed: _Packed) -> str:
    if isinstance(packed, str):
        return packed
    user, lid = divmod(packed, 2)
    return f"{user}@{LID_SERVER if lid else PHONE_SERVER}"
