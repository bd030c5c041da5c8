import pytest

from tests.study import Study, make_study


@pytest.fixture
def study(db: None) -> Study:
    return make_study()
