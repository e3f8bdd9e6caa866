"""A shutdown() while somebody is in put()."""
