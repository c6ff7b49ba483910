"""The kind of the file system that a path is on.

Room: budget. Pure.
"""

from __future__ import annotations

#: File systems that several machines can write to, or that pass files on to another kernel. Their clocks and boots
#: differ, and some ignore locks. Names as in the kernel's list of mounts.
_NETWORK = frozenset({
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "smb3", "smbfs", "virtiofs",
})  # fmt: skip
#: File systems of a user program that are local.
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})
#: File systems that never wait for a disk.
MEMORY = frozenset({"tmpfs", "ramfs"})


def kind_of(path: str, mounts: str) -> str:
    """Return the name of the file system at a path; "" if it cannot be found.

    Args:
        path: absolute, without symbolic links.
        mounts: content of `/proc/self/mountinfo`, documented in proc(5).

    """
    longest, kind = -1, ""
    for line in mounts.splitlines():
        left, dash, right = line.partition(" - ")
        fields = left.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _plain(fields[4])
        # of two mounts at one place, the later one is seen
        if len(point) >= longest and (path == point or path.startswith(point.rstrip("/") + "/")):
            longest, kind = len(point), right.split(" ")[0]
    return kind


def is_network(kind: str) -> bool:
    """Return whether several machines may write to a file system of this kind."""
    return kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE)


def _plain(point: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, sign)
    return point
