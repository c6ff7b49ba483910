"""What `make dist` needs in a wheel."""

import zipfile
from pathlib import Path

from tests.release import wheel

ROOT = Path(__file__).parent.parent.parent


def test_files_that_are_not_python(tmp_path: Path) -> None:
    path = tmp_path / "woowup_async-9.8.7-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in wheel.NEEDED[1:]:
            archive.writestr(name, "")
    assert wheel.missing_in(path) == ["woowup_async/py.typed"]
    assert wheel.main(str(path)) == 1
    assert wheel.version_of(path) == "9.8.7"


def test_the_checkout_has_them() -> None:
    assert all((ROOT / name).is_file() for name in wheel.NEEDED)
