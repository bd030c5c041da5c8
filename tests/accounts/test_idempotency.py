"""A POST may be sent twice; its key belongs to one user and one body (T45, T46)."""

from typing import Any

import pytest

from accounts.errors import Invalid
from accounts.models import IdempotentRequest
from accounts.services.idempotency import RequestIdentity, answer_once
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def _identity(user: Any, body: str = "a", key: str = "k") -> RequestIdentity:
    return RequestIdentity(user=user, key=key, method="POST", path="/x/", body_hash=body)


def test_second_sending_gets_the_first_answer_and_does_nothing() -> None:
    user, done = make_user(), []

    def carry_out() -> tuple[int, Any]:
        done.append(1)
        return 201, {"n": len(done)}

    answers = [answer_once(identity=_identity(user), carry_out=carry_out) for _ in range(3)]
    assert answers == [(201, {"n": 1})] * 3
    assert done == [1]


def test_changed_body_under_a_used_key_is_refused_and_the_first_kept() -> None:
    user = make_user()
    answer_once(identity=_identity(user), carry_out=lambda: (200, "first"))
    with pytest.raises(Invalid):
        answer_once(identity=_identity(user, body="b"), carry_out=lambda: (200, "second"))
    assert answer_once(identity=_identity(user), carry_out=lambda: (200, "x")) == (200, "first")


def test_another_users_key_tells_nothing() -> None:
    answer_once(identity=_identity(make_user()), carry_out=lambda: (200, "secret"))
    assert answer_once(identity=_identity(make_user()), carry_out=lambda: (200, "own")) == (
        200,
        "own",
    )


def test_failure_leaves_the_key_free() -> None:
    user = make_user()

    def fail() -> tuple[int, Any]:
        raise Invalid("no")

    with pytest.raises(Invalid):
        answer_once(identity=_identity(user), carry_out=fail)
    assert not IdempotentRequest.objects.exists()
    assert answer_once(identity=_identity(user), carry_out=lambda: (200, "done")) == (200, "done")
