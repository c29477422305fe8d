"""A package, so that what all these tests share is taken down before the tests of another folder run."""
