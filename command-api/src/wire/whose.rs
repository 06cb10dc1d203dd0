//! Whose stream a registration is for, as its body says.

use docket_domain::ids::PersonId;
use docket_service::auth::actor_id;
use serde::Deserialize;
use uuid::Uuid;

use super::check::Check;
use super::object::Object;

/// What a registration says of whom it is about: an id, or what an id is made of.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Whose {
    pub(super) id: Option<Uuid>,
    pub(super) subject: Option<String>,
    pub(super) issuer: Option<String>,
}

impl Whose {
    /// Who it is, if it says so; `issuer` vouches for the subject unless it names another.
    pub(super) fn person(self, issuer: &str, check: &mut Check) -> Option<PersonId> {
        for (field, text) in [("subject", &self.subject), ("issuer", &self.issuer)] {
            if text.as_ref().is_some_and(String::is_empty) {
                check.fault(field, "must not be empty");
            }
        }
        match (self.id, self.subject) {
            (Some(_), Some(_)) => {
                check.fault("subject", "must not stand beside id");
                None
            }
            (_, None) if self.issuer.is_some() => {
                check.fault("issuer", "only says something beside subject");
                None
            }
            (Some(id), None) => Some(PersonId(id)),
            (None, Some(subject)) => {
                let issuer = self.issuer.as_deref().unwrap_or(issuer);
                Some(PersonId(actor_id(issuer, &subject)))
            }
            (None, None) => None,
        }
    }

    /// Notes a fault unless it is of that person, or says nothing.
    pub(super) fn expect(self, person: PersonId, issuer: &str, check: &mut Check) {
        let says_nothing = self.id.is_none() && self.subject.is_none();
        let field = if self.id.is_some() { "id" } else { "subject" };
        let said = self.person(issuer, check);
        if said == Some(NOBODY) {
            check.fault(field, "must not be all zeros");
        } else if person == NOBODY && says_nothing {
            check.fault("id", "is required, or else subject");
        } else if person != NOBODY && said.is_some_and(|said| said != person) {
            check.fault(field, "is somebody else than the line names");
        }
    }
}

/// Stands for whom a body doesn't name as it should: no body can be read for nobody.
pub(crate) const NOBODY: PersonId = PersonId(Uuid::nil());

/// Whom a registration's body says it is about, however little else of it can be read; `None` if it
/// leaves that open. If what it says makes no sense, that is found when the body is read.
pub(crate) fn whose(body: &[u8], issuer: &str) -> Option<PersonId> {
    let Ok(Object(whose)) = serde_json::from_slice::<Object<Whose>>(body) else {
        return Some(NOBODY);
    };
    let mut check = Check::default();
    let person = whose.person(issuer, &mut check);
    if check.into_faults().is_empty() {
        person
    } else {
        Some(NOBODY)
    }
}
