"""A log that others wrote asks a witness of ours. Usage: log.py URL WITNESS_KEY"""

import sys

from aics_tlog import Checkpoint, MerkleTree, sign_checkpoint, verify_checkpoint, vkey_from_ed25519
from aics_tlog.note import parse_note, parse_vkey
from aics_witness.feeder import WitnessClient, WitnessRejected
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "other.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
VKEY = vkey_from_ed25519(ORIGIN, KEY.public_key())


def note(tree, size):
    return sign_checkpoint(Checkpoint(ORIGIN, size, tree.root(size)), KEY, ORIGIN)


def main(url, witness_key):
    tree = MerkleTree([b"entry %d\n" % at for at in range(100)])
    forked = MerkleTree([b"entry %d\n" % (at if at < 50 else at + 1) for at in range(100)])
    client = WitnessClient(url, witness_key, max_attempts=1)
    for size in (1, 8, 8, 37, 64, 99):
        signed = note(tree, size)
        lines = client.submit(signed.to_bytes(), lambda old, new: tree.consistency_proof(old, new))
        cosigned = parse_note(signed.to_bytes() + lines.encode())
        verified = verify_checkpoint(cosigned, VKEY, [parse_vkey(witness_key)], quorum=1, max_age_seconds=60)
        assert verified.ok, verified
    # A client that has lost its memory learns the size from a 409.
    again = WitnessClient(url, witness_key, max_attempts=1)
    again.submit(note(tree, 100).to_bytes(), lambda old, new: tree.consistency_proof(old, new))
    for proof in (forked, tree):
        try:
            client.submit(note(forked, 100).to_bytes(), lambda old, new, proof=proof: proof.consistency_proof(old, new))
        except WitnessRejected as refused:
            assert refused.status in (409, 422), refused
        else:
            raise AssertionError("another history was cosigned")
    print("cosigned by", witness_key.split("+")[0])


if __name__ == "__main__":
    if sys.argv[1] == "key":
        from aics_tlog import format_vkey

        print(format_vkey(VKEY))
    else:
        main(*sys.argv[1:])
