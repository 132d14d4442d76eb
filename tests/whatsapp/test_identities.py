"""One person has one SenderId, however WhatsApp addresses them, and across restarts."""

from __future__ import annotations

import errno
import logging
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import SenderId
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.live.addresses import person_address
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.live.persons import OURSELVES, Persons

ROOT = Path("/state")
FILE = ROOT / "identities.jsonl"
ANA, ANA_PHONE = "222001@lid", "491700001@s.whatsapp.net"
BEN, BEN_PHONE = "222002@lid", "491700002@s.whatsapp.net"
ME, MY_PHONE = "222009@lid", "491700009@s.whatsapp.net"


def people(files: MemoryFiles | None = None) -> People:
    return People(FILE, files or MemoryFiles(ROOT))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("222@lid", "222@lid"),
        ("222:3@lid", "222@lid"),
        ("222.1:3@lid", "222@lid"),
        ("222:3@hosted.lid", "222@lid"),
        ("4917:12@s.whatsapp.net", "4917@s.whatsapp.net"),
        ("4917@c.us", "4917@s.whatsapp.net"),
        ("867051314767696@bot", "867051314767696@bot"),
        ("", ""),
        ("lid", ""),
        ("@lid", ""),
        ("222@", ""),
        (":3@lid", ""),
    ],
)
def test_an_address_is_known_without_its_device(written: str, address: str) -> None:
    assert person_address(written) == address


def test_the_form_first_seen_stays() -> None:
    who = people()
    assert who.resolve(ANA_PHONE) == ANA_PHONE
    assert who.resolve(ANA, ANA_PHONE) == ANA_PHONE
    assert who.resolve(ANA) == ANA_PHONE
    assert who.resolve(BEN) == BEN
    assert who.resolve(BEN_PHONE, BEN) == BEN
    assert who.resolve(BEN_PHONE) == BEN


def test_a_pair_learned_before_anybody_spoke_counts() -> None:
    who = people()
    who.learn(ANA, ANA_PHONE)
    assert who.resolve(ANA_PHONE) == ANA
    assert who.resolve("491700001:17@s.whatsapp.net") == ANA


def test_two_who_turn_out_to_be_one_are_called_like_the_one_seen_first() -> None:
    who = people()
    who.resolve(ANA_PHONE)
    who.resolve(ANA)
    who.learn(ANA, ANA_PHONE)
    assert who.resolve(ANA) == who.resolve(ANA_PHONE) == ANA_PHONE


def test_a_new_phone_number_makes_no_new_person() -> None:
    who = people()
    who.resolve(ANA, ANA_PHONE)
    assert who.resolve("491709999@s.whatsapp.net", ANA) == ANA
    assert who.resolve(ANA_PHONE) == ANA


@pytest.mark.parametrize("known_before", [True, False])
def test_a_phone_number_given_to_another_person_makes_them_no_other_one(known_before: bool) -> None:
    """A LID is a person's for ever; a number may be somebody else's one day."""
    who = people()
    who.resolve(ANA_PHONE, ANA)
    if known_before:
        who.resolve(BEN, BEN_PHONE)
    assert who.resolve(BEN, ANA_PHONE) == BEN
    assert who.resolve(ANA_PHONE) == BEN
    assert who.resolve(ANA) == ANA_PHONE


def test_who_turned_out_to_be_one_has_all_that_the_two_had() -> None:
    """The person met by number has a LID now, so another LID with that number is another person."""
    who = people()
    who.resolve(ANA_PHONE)
    who.resolve(ANA)
    who.learn(ANA, ANA_PHONE)
    assert who.resolve(BEN, ANA_PHONE) == BEN
    assert who.resolve(ANA) == ANA_PHONE


@pytest.mark.parametrize("odd", ["007@lid", "0@lid", "١٢@lid", f"{10**18}@lid", "a b@lid", "9@x@lid"])
def test_an_unusual_address_is_kept_as_it_is(odd: str) -> None:
    assert people().resolve(odd) == odd


def test_an_address_of_neither_sort_is_a_person_of_its_own() -> None:
    who = people()
    assert who.resolve("13@bot", ANA) == "13@bot"
    assert who.resolve(ANA) == ANA


def test_nobody_is_nobody() -> None:
    who = people()
    assert who.resolve("") == who.known("") == ""
    who.learn("", ANA)
    who.learn(ANA, "")
    who.we_are()
    who.we_are("", "")
    who.save()
    assert not who.is_us("")


def test_only_the_other_address_is_enough() -> None:
    assert people().resolve("", ANA_PHONE) == ANA_PHONE


def test_asking_who_somebody_is_teaches_nothing() -> None:
    files = MemoryFiles(ROOT)
    who = people(files)
    assert who.known(ANA_PHONE) == ANA_PHONE
    who.save()
    assert not files.exists(FILE)


def test_the_account_is_one_sender_under_all_its_addresses() -> None:
    who = people()
    who.we_are("491700009:12@s.whatsapp.net", ME)
    assert who.ourselves(ME) == who.ourselves(MY_PHONE) == who.ourselves() == MY_PHONE
    assert who.resolve(ME) == MY_PHONE
    assert who.is_us(ME)
    assert who.is_us("222009:3@lid")
    assert not who.is_us(ANA)


def test_the_account_keeps_the_form_under_which_it_spoke_first() -> None:
    who = people()
    assert who.ourselves(ME) == ME
    who.we_are(MY_PHONE, ME)
    assert who.ourselves(MY_PHONE) == ME


def test_an_account_that_spoke_before_it_was_known_stays_one_sender() -> None:
    """History may come before the library says who we are, and its own messages may name nobody."""
    who = people()
    assert who.ourselves() == OURSELVES
    who.we_are(MY_PHONE, ME)
    assert who.ourselves(ME) == who.ourselves(MY_PHONE) == OURSELVES


def test_another_account_in_the_same_place_is_another_person() -> None:
    who = people()
    who.we_are(MY_PHONE, ME)
    who.we_are(ANA_PHONE, ANA)
    assert who.ourselves() == ANA_PHONE
    assert who.resolve(ME) == MY_PHONE
    assert not who.is_us(ME)


def test_what_was_learned_is_known_after_a_restart() -> None:
    files = MemoryFiles(ROOT)
    before = people(files)
    before.resolve(ANA_PHONE)
    before.resolve(BEN)
    before.save()
    before.resolve(ANA, ANA_PHONE)
    before.we_are(MY_PHONE, ME)
    before.save()
    files.power_loss()
    after = people(files)
    assert after.resolve(ANA) == ANA_PHONE
    assert after.resolve(BEN_PHONE, BEN) == BEN
    assert after.ourselves() == MY_PHONE
    assert after.is_us(ME)


def test_saving_without_anything_new_touches_no_disk() -> None:
    files = MemoryFiles(ROOT)
    who = people(files)
    who.resolve(ANA, ANA_PHONE)
    who.save()
    calls = files.calls
    for _ in range(3):
        who.resolve(ANA_PHONE, ANA)
        who.we_are()
        who.save()
    assert files.calls == calls


def test_a_full_disk_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """What the disk took of a line is cut off again before the next attempt."""
    files = MemoryFiles(ROOT)
    who = people(files)
    who.resolve(ANA, ANA_PHONE)
    files.fail("write", errno.ENOSPC, taken=9, nth=1)
    files.fail("sync", errno.EIO)
    for _ in range(2):
        with pytest.raises(OSError, match=r"space|error"):
            who.save()
    who.resolve(BEN)
    who.save()
    files.power_loss()
    after = people(files)
    assert after.resolve(ANA_PHONE) == ANA
    assert caplog.messages == []
    who.resolve(BEN_PHONE, BEN)
    who.save()
    assert people(files).resolve(BEN_PHONE) == BEN


def test_a_torn_last_line_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    files = MemoryFiles(ROOT)
    who = people(files)
    who.resolve(ANA_PHONE)
    who.save()
    whole = files.read(FILE)
    append(files, b'{"v":1,"meet":["2220')
    after = people(files)
    assert "broken off" in caplog.text
    assert files.read(FILE) == whole
    after.resolve(BEN)
    after.save()
    assert people(files).resolve(ANA, ANA_PHONE) == ANA_PHONE


def test_a_damaged_line_costs_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, without the addresses in it, and stays where it is."""
    files = MemoryFiles(ROOT)
    who = people(files)
    for sender in (ANA_PHONE, BEN_PHONE):
        who.resolve(sender)
        who.save()
    first, second = files.read(FILE).splitlines(keepends=True)
    files.unlink(FILE)
    append(files, first + second.replace(b"49", b"48") + b"nonsense\n" + b"\n" + second)
    after = people(files)
    assert after.resolve(ANA, ANA_PHONE) == ANA_PHONE
    assert after.resolve(BEN, BEN_PHONE) == BEN_PHONE
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "3 lines" in caplog.text
    assert "17000" not in caplog.text


def test_what_a_killed_process_wrote_is_on_the_disk_before_anybody_relies_on_it() -> None:
    """Killed between writing and syncing: the next process reads it from memory, and must not trust that."""
    files = MemoryFiles(ROOT)
    who = people(files)
    who.resolve(ANA, ANA_PHONE)
    files.fail("sync", errno.EIO)
    with pytest.raises(OSError, match="error"):
        who.save()
    files.kill()
    assert people(files).resolve(ANA_PHONE) == ANA
    files.power_loss()
    assert people(files).resolve(ANA_PHONE) == ANA


@given(st.data())
def test_whatever_is_cut_off_what_was_saved_stays(data: st.DataObject) -> None:
    """A power loss between any two calls to the kernel: who was saved before keeps their name."""
    files = MemoryFiles(ROOT)
    choose = lambda most: data.draw(st.integers(0, most))  # noqa: E731
    given_out: dict[str, SenderId] = {}
    files.accidents.cut_after(data.draw(st.integers(0, 25)), choose)
    try:
        who = people(files)
        for number in range(1, 8):
            lid, phone = f"22200{number}@lid", f"4917{number}@s.whatsapp.net"
            name = who.resolve(*data.draw(st.permutations([lid, phone])))
            who.save()
            given_out |= {lid: name, phone: name}
    except Cut:
        pass
    files.power_loss(choose)
    after = people(files)
    assert {address: after.known(address) for address in given_out} == given_out


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["lid", "phone", "both", "bothways", "saved"]))))
def test_however_the_addresses_alternate_one_person_has_one_sender_id(said: list[tuple[int, str]]) -> None:
    """From the moment the pair is known. And a restart changes nothing."""
    files = MemoryFiles(ROOT)
    who = people(files)
    for number in range(5):
        who.learn(f"22{number}@lid", f"49{number}@s.whatsapp.net")
    names: dict[int, set[SenderId]] = {}
    for number, how in said:
        lid, phone = f"22{number}:{number}@lid", f"49{number}:1@s.whatsapp.net"
        if how == "saved":
            who.save()
            files.power_loss()
            who = people(files)
        else:
            forms = {"lid": (lid,), "phone": (phone,), "both": (lid, phone), "bothways": (phone, lid)}
            names.setdefault(number, set()).add(who.resolve(*forms[how]))
    assert all(len(found) == 1 for found in names.values())
    assert len(set().union(*names.values())) == len(names)


SAYINGS = st.tuples(
    st.sampled_from(["meet", "are_us"]),
    st.sampled_from(["221@lid", "222@lid", "491@s.whatsapp.net", "492@s.whatsapp.net", "0@lid", "x@bot"]),
    st.sampled_from(["", "221@lid", "222@lid", "491@s.whatsapp.net", "492@s.whatsapp.net"]),
)


@given(st.lists(SAYINGS, max_size=12))
def test_what_taught_something_is_enough_to_learn_it_all_again(said: list[tuple[str, str, str]]) -> None:
    """Whatever contradictory things are told: only the calls that returned True need be kept."""
    one, again = Persons(), Persons()
    for what, address, also in said:
        if getattr(one, what)(address, also):
            getattr(again, what)(address, also)
    addresses = {address for _, *pair in said for address in pair if address}
    assert {address: one.name_of(address) for address in addresses} == {
        address: again.name_of(address) for address in addresses
    }
    assert one.account() == again.account()


@given(st.lists(SAYINGS, max_size=12))
def test_nobody_is_called_by_an_address_that_was_met_later(said: list[tuple[str, str, str]]) -> None:
    """Whatever contradictory things are told; two addresses told at once count as met together."""
    persons = Persons()
    order: list[str] = []
    for what, address, also in said:
        getattr(persons, what)(address, also)
        order += [met for met in (address, also) if met and met not in order]
        for lid in ("221@lid", "222@lid"):
            if lid in order:
                assert order.index(persons.name_of(lid)) <= order.index(lid) + 1


def test_a_hundred_thousand_persons_fit_into_a_small_process() -> None:
    """Measured on five thousand: with both addresses a person costs less than 300 bytes."""
    count = 5_000
    tracemalloc.start()
    try:
        persons = Persons()
        for number in range(count):
            persons.meet(f"{222_000_000_000_000 + number}@lid", f"{491_700_000_000 + number}@s.whatsapp.net")
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(persons) == 2 * count
    assert size < 300 * count


def append(files: MemoryFiles, data: bytes) -> None:
    file = files.open_append(FILE)
    file.write(data)
    file.sync()
    file.close()
    files.sync_folder(ROOT)
