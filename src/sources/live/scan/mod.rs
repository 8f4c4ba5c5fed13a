//! A scope is read: the hierarchy first, then each project, into a snapshot.
