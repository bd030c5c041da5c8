"""The audit trail refuses changes and shows tampering (T63)."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent
from accounts.services.audit import broken_link, record
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def _three_events() -> int:
    project, actor = make_project(), make_user()
    for action in ("a", "b", "c"):
        record(actor=actor, action=action, target=project, project=project)
    return project.pk


def test_chain_of_untouched_events_is_intact() -> None:
    assert broken_link(_three_events()) is None


@pytest.mark.parametrize(
    "verb", ["UPDATE accounts_auditevent SET action = 'x'", "DELETE FROM accounts_auditevent"]
)
def test_database_refuses_to_change_an_event(verb: str) -> None:
    _three_events()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)
    assert AuditEvent.objects.count() == 3


def test_chain_shows_the_first_event_that_was_tampered_with() -> None:
    chain = _three_events()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER accounts_auditevent_refuses_update")
        cursor.execute("UPDATE accounts_auditevent SET action = 'x' WHERE number = 2")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")
    assert broken_link(chain) == 2


def test_chain_shows_a_removed_event() -> None:
    chain = _three_events()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER accounts_auditevent_refuses_delete")
        cursor.execute("DELETE FROM accounts_auditevent WHERE number = 2")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")
    assert broken_link(chain) == 2
