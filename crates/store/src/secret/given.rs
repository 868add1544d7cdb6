//! Secrets that the caller brought along.

use std::collections::HashMap;

use super::{Secret, SecretError, SecretStore};
use crate::settings::TrunkAccount;

/// Secrets by name of trunk, held in memory only: what `--password-fd` and the like read, or what
/// a demonstration brings along. Everything else is asked of the store underneath.
pub struct Given<S> {
    by_trunk: HashMap<String, Secret>,
    beneath: S,
}

impl<S> Given<S> {
    /// Nothing given yet.
    pub fn over(beneath: S) -> Self {
        Self { by_trunk: HashMap::new(), beneath }
    }

    /// Gives a trunk's password; wins over what the account refers to.
    #[must_use]
    pub fn with(mut self, trunk: impl Into<String>, secret: Secret) -> Self {
        self.by_trunk.insert(trunk.into(), secret);
        self
    }
}

impl<S: SecretStore> SecretStore for Given<S> {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        match self.by_trunk.get(&account.name) {
            Some(secret) => Ok(Some(secret.clone())),
            None => self.beneath.password(account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Referenced;
    use crate::settings::SecretRef;

    #[test]
    fn what_is_given_wins_over_the_reference() {
        let store = Given::over(Referenced).with("a", Secret::new("x".into()));
        let account = |name: &str, password| TrunkAccount {
            name: name.into(),
            password,
            ..TrunkAccount::default()
        };
        let missing = Some(SecretRef::Env("MILLIWATT_TEST_NOT_SET".into()));
        let found = store.password(&account("a", missing.clone())).ok().flatten();
        assert_eq!(found.unwrap().expose(), "x");
        assert!(matches!(store.password(&account("b", missing)), Err(SecretError::NotSet { .. })));
        assert!(matches!(store.password(&account("c", None)), Ok(None)));
    }
}
