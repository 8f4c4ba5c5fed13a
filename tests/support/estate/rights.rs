//! What the caller may do.

use super::answer::Refusal;
use super::state::Estate;

/// The caller's rights: everything but what is taken away.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// A permission, and the node below which it is missing; `None`: everywhere.
    lacking: Vec<(String, Option<String>)>,
}

impl Rights {
    /// Takes a permission away everywhere.
    pub fn take(&mut self, permission: &str) {
        self.lacking.push((permission.to_owned(), None));
    }

    /// Takes a permission away on a node and all below it: `projects/acme-ml`.
    pub fn take_on(&mut self, permission: &str, node: &str) {
        self.lacking
            .push((permission.to_owned(), Some(node.to_owned())));
    }

    /// Gives everything back.
    pub fn give_all(&mut self) {
        self.lacking.clear();
    }

    /// Whether the caller holds a permission on what lies in a node.
    pub fn hold(&self, permission: &str, estate: &Estate, node: usize) -> bool {
        !self.lacking.iter().any(|(lacking, at)| {
            lacking == permission
                && match at.as_deref().map(|at| estate.node(at)) {
                    None => true,
                    Some(Some(at)) => estate.ancestry(node).any(|above| above == at),
                    Some(None) => false,
                }
        })
    }

    /// The refusal, if the caller does not hold it.
    ///
    /// # Errors
    /// The caller does not hold it.
    pub fn need(
        &self,
        permission: &str,
        estate: &Estate,
        node: usize,
        resource: &str,
    ) -> Result<(), Refusal> {
        if self.hold(permission, estate, node) {
            return Ok(());
        }
        Err(Refusal::Denied(permission.to_owned(), resource.to_owned()))
    }
}
