"""make run: what it does to the database before the server starts."""

import pytest
from support.site.world import settings

from tools import run


def test_the_database_is_brought_up_to_date_and_its_key_has_to_fit(tmp_path):
    mine = settings(f"sqlite:///{tmp_path / 'twofa.db'}", tmp_path)
    assert run.upgrade(mine) is False, "no demo account yet"
    assert run.upgrade(mine) is False, "a second start"
    with pytest.raises(run.NotPossible, match="another SECRET_KEY"):
        run.upgrade(
            settings(mine.database_url, tmp_path, secret_key="another-made-up-key-0123456789")
        )


def test_a_database_that_does_not_answer_is_said(tmp_path):
    with pytest.raises(run.NotPossible, match="DATABASE_URL"):
        run.upgrade(settings(f"sqlite:///{tmp_path}/missing/twofa.db", tmp_path))
