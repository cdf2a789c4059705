"""Reads what the kernel shows of the machine: its addresses, keys, mounts, connections, settings, log and devices.

stopped by: landlock, root
"""

import os

FILES = (
    "/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg", "/proc/sysrq-trigger",
    "/proc/version", "/proc/cmdline", "/proc/cpuinfo", "/proc/meminfo", "/proc/mounts", "/proc/modules",
    "/proc/locks", "/proc/uptime", "/proc/stat", "/proc/vmstat", "/proc/interrupts", "/proc/iomem",
    "/proc/timer_list", "/proc/config.gz", "/proc/net/tcp", "/proc/net/unix", "/proc/sysvipc/shm",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/hostname", "/dev/kmsg",
    "/sys/kernel/notes", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/devices/system/cpu/online",
    "/sys/class/net/lo/address", "/etc/machine-id", "/etc/hostname", "/etc/resolv.conf",
)  # fmt: skip


def attack(decoys):
    refused = ValueError("the kernel says nothing")
    for name in FILES:
        try:
            if os.read(os.open(name, os.O_RDONLY | os.O_NONBLOCK), 99):
                return True
        except OSError as problem:
            refused = problem
    for folder in ("/proc", "/sys", "/dev", "/proc/sys/kernel", "/sys/kernel"):
        try:
            if os.listdir(folder):
                return True
        except OSError as problem:
            refused = problem
    raise refused
