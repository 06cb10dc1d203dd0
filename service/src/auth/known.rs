//! Tokens that were found good before: the same token comes with every request of its caller, and
//! checking its signature and reading its JSON costs more than all the rest of a small request.
//!
//! Only tokens that verified are kept, whole, and none is believed past its own expiry. Bounded: of
//! two generations the older one is dropped when the younger one is full.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Caller;

/// Most tokens in one generation; a token and its caller take less than a kibibyte.
const GENERATION_MAX: usize = 8_192;

#[derive(Clone)]
struct Entry {
    caller: Caller,
    /// Seconds since 1970, leeway included.
    good_until: f64,
}

#[derive(Default)]
struct Generations {
    young: HashMap<String, Entry>,
    old: HashMap<String, Entry>,
}

/// Callers by their tokens.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<Generations>);

impl KnownTokens {
    /// The caller of a token that was found good, unless it has expired since.
    pub(super) fn get(&self, token: &str, now: f64) -> Option<Caller> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = generations.young.get(token) {
            return entry.good_at(now);
        }
        let (token, entry) = generations.old.remove_entry(token)?;
        let caller = entry.good_at(now)?;
        generations.add(token, entry);
        Some(caller)
    }

    /// Keeps one that has just been found good.
    pub(super) fn add(&self, token: &str, caller: &Caller, good_until: f64) {
        let entry = Entry {
            caller: caller.clone(),
            good_until,
        };
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.add(token.to_owned(), entry);
    }
}

impl Entry {
    fn good_at(&self, now: f64) -> Option<Caller> {
        (now < self.good_until).then(|| self.caller.clone())
    }
}

impl Generations {
    fn add(&mut self, token: String, entry: Entry) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(token, entry);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::super::Role;
    use super::*;

    fn caller(subject: &str) -> Caller {
        Caller {
            issuer: Arc::from("issuer"),
            subject: subject.to_owned(),
            actor_id: Uuid::nil(),
            role: Role::Customer,
            second_factor: false,
        }
    }

    #[test]
    fn a_known_token_is_believed_until_it_expires() {
        let known = KnownTokens::default();
        assert_eq!(known.get("ann's", 1.0), None);
        known.add("ann's", &caller("ann"), 100.0);
        assert_eq!(known.get("ann's", 99.9), Some(caller("ann")));
        assert_eq!(known.get("ann's", 100.0), None);
        assert_eq!(known.get("bob's", 1.0), None);
    }

    #[test]
    fn tokens_that_are_used_stay_and_the_others_go() {
        let known = KnownTokens::default();
        known.add("used", &caller("ann"), 100.0);
        known.add("unused", &caller("bob"), 100.0);
        for n in 0..3 * GENERATION_MAX {
            known.add(&n.to_string(), &caller("one of many"), 100.0);
            assert!(known.get("used", 1.0).is_some());
        }
        assert_eq!(known.get("unused", 1.0), None);
        let kept = known.0.lock().expect("not poisoned");
        assert!(kept.young.len() + kept.old.len() <= 2 * GENERATION_MAX);
    }
}
