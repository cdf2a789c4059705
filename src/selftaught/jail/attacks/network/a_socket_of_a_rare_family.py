"""Makes a socket of a family that few know and whose code in the kernel few have read.

stopped by: seccomp
"""

import socket

FAMILIES = {
    "AX25": 3, "IPX": 4, "APPLETALK": 5, "X25": 9, "ROSE": 11, "KEY": 15, "PACKET": 17, "RDS": 21, "SNA": 22,
    "PPPOX": 24, "LLC": 26, "IB": 27, "CAN": 29, "TIPC": 30, "BLUETOOTH": 31, "RXRPC": 33, "PHONET": 35,
    "IEEE802154": 36, "CAIF": 37, "ALG": 38, "NFC": 39, "VSOCK": 40, "KCM": 41, "QIPCRTR": 42, "SMC": 43, "XDP": 44,
    "MCTP": 45,
}  # fmt: skip
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)


def attack(decoys):
    denied, unknown = [], []
    for family in FAMILIES.values():
        for kind in KINDS:
            try:
                return socket.socket(family, kind).fileno() >= 0
            except PermissionError as problem:
                denied.append(problem)
            except OSError as problem:  # not in this kernel
                unknown.append(problem)
    raise (denied or unknown)[0]
