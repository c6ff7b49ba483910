"""A file is read back as it was written, and anything else is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.budget import MAX_BLOB_BYTES
from woowup_async.budget._blob_file import MAX_FILE_BYTES, Damaged, packed, unpacked


@pytest.mark.untraced
@given(st.text(), st.integers(1, 2**64 - 1), st.binary())
def test_round_trip(boot: str, version: int, blob: bytes) -> None:
    assert unpacked(boot, packed(boot, version, blob)) == (version, blob)


def test_a_file_of_another_boot_is_absent() -> None:
    assert unpacked("two", packed("one", 1, b"blob")) is None


@pytest.mark.untraced
@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    content = packed("one", 7, b"blob")
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Damaged):
        unpacked("one", bytes(changed))


@pytest.mark.parametrize("length", range(0, 52, 3))
def test_a_cut_file_is_noticed(length: int) -> None:
    content = packed("one", 7, b"blob")
    assert length < len(content)

    with pytest.raises(Damaged):
        unpacked("one", content[:length])


def test_the_largest_file() -> None:
    assert len(packed("one", 1, bytes(MAX_BLOB_BYTES))) == MAX_FILE_BYTES
