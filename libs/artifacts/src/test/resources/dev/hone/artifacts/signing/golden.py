"""Makes the golden files beside this script with another implementation than Hone's: Python's cryptography and json.

Its sorted, compact json.dumps is RFC 8785 for the values here. Keys are those of `openssl genpkey -algorithm ed25519`;
the signature is deterministic (RFC 8032), so that Hone's must be the same to the last byte. Run: python3 golden.py
"""
import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
KEY = "adapters/run-1/manifest.json"
MANIFEST = {
    "kind": "adapter",
    "id": "run-1",
    "created_by": "trainer",
    "created_at": "2026-01-02T03:04:05Z",
    "files": [
        {"path": "adapter_config.json", "size": 613, "sha256": hashlib.sha256(b"config").hexdigest()},
        {"path": "adapter_model.safetensors", "size": 9007199254740991, "sha256": hashlib.sha256(b"weights").hexdigest()},
    ],
    "properties": {"note": 'a "quoted" \\ line\nand \u20ac, \U0001f600, \u007f, \u0001', "Zeta": "upper case sorts first", "empty": ""},
    "of_a_later_version": {"nested": [True, None, -1, []], "nothing": {}},
}

secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"hone golden key").digest())
der = secret.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
pem = secret.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
document = {"format": "hone.manifest.v1", "key": KEY, "manifest": MANIFEST}
message = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
signature = {
    "key_id": hashlib.sha256(der).hexdigest()[:16],
    "algorithm": "Ed25519",
    "value": base64.b64encode(secret.sign(message)).decode(),
}

(HERE / "golden.key.pem").write_bytes(secret.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
(HERE / "golden.pem").write_text("name: trainer\nprefixes: adapters/ checkpoints/\n" + pem)
(HERE / "golden-message.txt").write_bytes(message)
(HERE / "golden-manifest.json").write_text(json.dumps({**MANIFEST, "signature": signature}, indent=2) + "\n")
