"""mien beside what else a user could pick: each in an environment of its own, all asked the same way."""
