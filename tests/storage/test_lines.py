"""Record lines: what is written is read back, and no damage passes unseen."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from disks import GROUP_A, line, lines
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.storage.lines import (
    BadLine,
    Line,
    decode_line,
    encode_content,
    encode_line,
    line_owner,
    number_lines,
    numbered,
    read_lines,
)
from nanie_actors.storage.seen import key_without_sender, pack_keys, seen_key, unpack_keys

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
UUID_GROUP = GroupId("3f2b8c1e-5d4a-4b6f-9c7d-8e9f0a1b2c3d")


@given(st.integers(1, 10**17), st.lists(st.dictionaries(st.text(), json_values, max_size=2), min_size=1))
def test_lines_that_are_numbered_together_are_those_that_are_encoded_one_by_one(
    first: int, data: list[dict[str, Any]]
) -> None:
    together = number_lines(GROUP_A, first, [encode_content("note", 1, each) for each in data])
    one_by_one = [encode_line(GROUP_A, seq, "note", 1, each) for seq, each in enumerate(data, first)]
    assert list(together) == one_by_one
    assert numbered(GROUP_A, together) == numbered(GROUP_A, one_by_one)


@pytest.mark.parametrize("mixed", [number_lines(UUID_GROUP, 1, [b'"k":1']), number_lines(GROUP_A, 1, [])])
def test_lines_of_another_group_or_none_are_no_append(mixed: list[bytes]) -> None:
    with pytest.raises(ValueError, match="of the group it names"):
        numbered(GROUP_A, mixed)


@given(st.lists(st.integers(0, 40)), st.lists(st.tuples(st.booleans(), st.integers(0, 40))))
def test_stored_keys_are_a_set_whenever_they_are_first_looked_into(
    stored: list[int], steps: list[tuple[bool, int]]
) -> None:
    keys, model = unpack_keys(pack_keys(stored)), set(stored)
    for adds, key in steps:
        if adds:
            assert keys.add(key) == (key not in model)
            model.add(key)
        else:
            assert (key in keys) == (key in model)
    assert set(keys) == model
    assert set(unpack_keys(keys.to_bytes())) == model


@given(
    group=st.sampled_from([GROUP_A, UUID_GROUP]),
    seq=st.integers(1, 10**17),
    kind=st.text(),
    at=st.integers(0, 2**53),
    data=st.dictionaries(st.text(), json_values, max_size=4),
)
def test_a_line_is_read_back_as_it_was_written(
    group: GroupId, seq: int, kind: str, at: int, data: dict[str, Any]
) -> None:
    raw = encode_line(group, seq, kind, at, data)
    assert raw.count(b"\n") == 1
    assert decode_line(raw) == decode_line(raw[:-1]) == Line(group, seq, kind, at, data)
    assert line_owner(raw) == (group, seq)


def test_the_form_of_a_line_is_a_contract() -> None:
    raw = encode_line(GROUP_A, 7, "note", 5, orjson.Fragment(b'{"a":"\xc3\xa9"}'))
    assert raw == (
        b'{"v":1,"g":"120363000000000001@g.us","s":7,"k":"note","t":5,"d":{"a":"\xc3\xa9"},"c":"32dbdb19"}\n'
    )


@given(at=st.integers(0, 95), bit=st.integers(0, 7))
def test_one_wrong_bit_is_always_seen(at: int, bit: int) -> None:
    raw = bytearray(line(GROUP_A, 7, "some text to make it long enough"))
    raw[at] ^= 1 << bit
    with pytest.raises(BadLine):
        decode_line(bytes(raw))


@pytest.mark.parametrize("raw", [b"", b"\n", b"{}", b"null\n", b'{"c":"00000000"}\n', b"\xff\xfe" * 40])
def test_what_is_no_line_is_refused(raw: bytes) -> None:
    with pytest.raises(BadLine):
        decode_line(raw)


@given(cut=st.integers(0, len(line(GROUP_A, 3)) - 1))
def test_a_torn_last_line_is_cut(cut: int) -> None:
    blob = b"".join(lines(GROUP_A, 1, 2))
    read, torn = read_lines(blob + line(GROUP_A, 3)[:cut])
    assert [one.seq for one in read] == [1, 2]
    assert torn == cut


def test_a_last_line_with_a_wrong_checksum_is_cut() -> None:
    last = line(GROUP_A, 2, "x").replace(b'"x"', b'"y"')
    read, torn = read_lines(line(GROUP_A, 1) + last)
    assert [one.seq for one in read] == [1]
    assert torn == len(last)


def test_a_bad_line_before_others_is_told_by_its_number() -> None:
    blob = line(GROUP_A, 1) + line(GROUP_A, 2, "x").replace(b'"x"', b'"y"') + line(GROUP_A, 3)
    with pytest.raises(BadLine, match="line 2: the checksum is wrong"):
        read_lines(blob)


def test_a_bad_line_before_a_torn_one_is_no_torn_tail() -> None:
    blob = line(GROUP_A, 1, "x").replace(b'"x"', b'"y"') + line(GROUP_A, 2)[:-5]
    with pytest.raises(BadLine, match="line 1"):
        read_lines(blob)


def test_the_error_never_holds_what_the_line_holds() -> None:
    with pytest.raises(BadLine) as caught:
        decode_line(line(GROUP_A, 1, "a secret").replace(b"a secret", b"A SECRET"))
    assert "SECRET" not in str(caught.value)


@given(st.sets(st.integers(0, 2**64 - 1)))
def test_seen_keys_are_read_back(keys: set[int]) -> None:
    assert set(unpack_keys(pack_keys(keys))) == keys


def test_a_seen_key_is_stable_and_keeps_its_parts_apart() -> None:
    assert seen_key("a", "bc") == 0xBC654BEABD2770ED
    assert seen_key("a", "bc") != seen_key("ab", "c")
    assert key_without_sender("abc") == seen_key("", "abc") != seen_key("abc", "")
