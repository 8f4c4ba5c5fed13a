//! Which permissions a role carries, and how sure we are.
