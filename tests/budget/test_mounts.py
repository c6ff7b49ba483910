"""The kind of file system is read from the kernel's list of mounts."""

import pytest

from woowup_async.budget._mounts import is_network, kind_of

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:24 / /srv rw,relatime shared:7 master:1 - nfs4 files:/srv rw,vers=4.2
31 30 0:25 / /srv/local rw - xfs /dev/vdb rw
32 27 0:26 / /mnt/my\040disk rw - fuse.sshfs me@host:/ rw
33 27 0:27 / /run/user/1000 rw - tmpfs tmpfs rw
34 27 0:28 / /over rw - ext4 /dev/vdc rw
35 27 0:29 / /over rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"), ("/home/ana", "ext4"), ("/srv", "nfs4"), ("/srv/a", "nfs4"), ("/srv/local/b", "xfs"),
        ("/srvx", "ext4"), ("/mnt/my disk/x", "fuse.sshfs"), ("/run/user/1000/woowup", "tmpfs"), ("/over/x", "tmpfs"),
    ],
)  # fmt: skip
def test_the_longest_and_latest_mount_counts(path: str, kind: str) -> None:
    assert kind_of(path, MOUNTS) == kind


def test_an_unknown_place_has_no_kind() -> None:
    assert kind_of("/x", "") == ""


def test_file_systems_of_other_machines() -> None:
    assert all(map(is_network, ("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs", "fuse.s3fs")))
    assert not any(map(is_network, ("ext4", "xfs", "tmpfs", "overlay", "btrfs", "fuse.fuse-overlayfs", "fuseblk", "")))
