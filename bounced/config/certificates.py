"""The certificates with which Amazon SNS signs, from files: nothing is fetched for a message."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from bounced.errors import EXIT_CONFIG, UserError
from bounced.identify.sender import SigningKey

KEY_BITS = 2048
CERTIFICATE_LIMIT = 64 * 1024  # octets of a file


def signing_key(path: str) -> SigningKey:
    """The RSA key in the X.509 certificate (PEM) in ``path``. Raises UserError."""
    if not find_spec("cryptography"):
        package = 'package cryptography is not installed: pip install "bounced-daemon[sns]"'
        raise UserError(package, exit_code=EXIT_CONFIG)
    try:
        with Path(path).open("rb") as file:
            return _key(file.read(CERTIFICATE_LIMIT))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}", exit_code=EXIT_CONFIG) from None
    except ValueError:
        problem = f"is not the certificate (PEM) of an RSA key of at least {KEY_BITS} bits"
        raise UserError(f"{path}: {problem}", exit_code=EXIT_CONFIG) from None


def _key(pem: bytes) -> SigningKey:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS:
        raise ValueError
    numbers = key.public_numbers()
    return SigningKey(numbers.n, numbers.e, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
