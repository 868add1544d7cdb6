//! Subscription-State (RFC 6665 §8.2.3).

use std::fmt;

use super::{Header, Number, ValueError, scan_number};
use crate::{
    grammar::{Params, is_token, trim_blanks},
    message::{Name, Rule},
};

/// The state of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// `active`, `pending`, `terminated` or an extension, in lower case.
    pub state: String,
    /// Seconds left.
    pub expires: Option<u32>,
    /// Why it was terminated.
    pub reason: Option<String>,
    /// Seconds to wait before subscribing anew.
    pub retry_after: Option<u32>,
}

impl Header for SubscriptionState {
    const NAME: Name<'static> = Name::SubscriptionState;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let (state, params) = text.split_once(';').unwrap_or((text, ""));
        let (state, params) = (trim_blanks(state), Params::new(params));
        if !is_token(state.as_bytes()) {
            return Err(ValueError::new(Rule::ValueSyntax));
        }
        let seconds = |name| params.value(name).and_then(scan_number).map(Number::saturated);
        Ok(Self {
            state: state.to_ascii_lowercase(),
            expires: seconds("expires"),
            reason: params.value("reason").map(str::to_owned),
            retry_after: seconds("retry-after"),
        })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state)?;
        if let Some(expires) = self.expires {
            write!(f, ";expires={expires}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ";reason={reason}")?;
        }
        match self.retry_after {
            Some(seconds) => write!(f, ";retry-after={seconds}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_parameters() {
        let it = SubscriptionState::parse("Terminated;reason=deactivated;retry-after=5").unwrap();
        assert_eq!((&*it.state, it.retry_after, it.expires), ("terminated", Some(5), None));
        assert_eq!(SubscriptionState::parse(&it.to_string()), Ok(it));
        assert!(SubscriptionState::parse(";expires=1").is_err());
    }
}
