import threading
from time import perf_counter

import pytest

from portfolio.adapters.passwords import Argon2Passwords
from portfolio.errors import Unavailable
from portfolio.ports import Passwords


@pytest.fixture
def passwords() -> Argon2Passwords:
    return Argon2Passwords(time_cost=1, memory_cost=64, parallelism=1)


def test_the_right_password_and_only_that(passwords: Argon2Passwords) -> None:
    port: Passwords = passwords
    encoded = port.hash("верный пароль")
    assert port.verify(encoded, "верный пароль")
    for wrong in ("Верный пароль", "верный пароль ", "", encoded):
        assert not port.verify(encoded, wrong)


def test_each_hash_has_its_own_salt_and_names_no_password(passwords: Argon2Passwords) -> None:
    first, second = passwords.hash("secret"), passwords.hash("secret")
    assert first != second
    assert "secret" not in first
    assert passwords.verify(first, "secret")
    assert passwords.verify(second, "secret")


def test_the_profile_of_rfc_9106_is_the_default() -> None:
    encoded = Argon2Passwords().hash("x")
    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_same_password_from_another_keyboard(passwords: Argon2Passwords) -> None:
    composed, decomposed = "\u0439\u0451", "\u0438\u0306\u0435\u0308"  # йё, as one letter each and as two
    assert passwords.verify(passwords.hash(composed), decomposed)


@pytest.mark.parametrize("odd", ["\ud800", "a\0b", "п" * 100_000])
def test_odd_passwords_are_passwords(passwords: Argon2Passwords, odd: str) -> None:
    encoded = passwords.hash(odd)
    assert passwords.verify(encoded, odd)
    assert not passwords.verify(encoded, odd[:-1])


@pytest.mark.parametrize("encoded", ["", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "пароль"])
def test_nothing_matches_a_hash_that_is_none(passwords: Argon2Passwords, encoded: str) -> None:
    assert not passwords.verify(encoded, "")
    assert not passwords.verify(encoded, encoded)


def test_an_account_that_does_not_exist_takes_as_long() -> None:
    passwords = Argon2Passwords(time_cost=2, memory_cost=16384, parallelism=1)
    encoded = passwords.hash("right")

    def fastest(stored: str) -> float:
        times = []
        for _ in range(5):
            start = perf_counter()
            passwords.verify(stored, "wrong")
            times.append(perf_counter() - start)
        return min(times)

    assert fastest("") > 0.5 * fastest(encoded)


def test_no_more_than_so_many_hash_at_once() -> None:
    passwords = Argon2Passwords(time_cost=1, memory_cost=64, parallelism=1, at_once=2, patience=0.05)
    inside, leave = threading.Barrier(3), threading.Event()

    def occupy() -> None:
        with passwords.place():
            inside.wait(10)
            leave.wait(10)

    threads = [threading.Thread(target=occupy) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    with pytest.raises(Unavailable):
        passwords.hash("x")
    with pytest.raises(Unavailable):
        passwords.verify("", "x")
    leave.set()
    for thread in threads:
        thread.join()
    assert passwords.verify(passwords.hash("x"), "x")


def test_a_failing_hash_gives_its_place_back() -> None:
    passwords = Argon2Passwords(time_cost=1, memory_cost=64, parallelism=1, at_once=1, patience=0.05)
    with pytest.raises(TypeError):
        passwords.hash(b"bytes")  # type: ignore[arg-type]
    assert passwords.verify(passwords.hash("x"), "x")
