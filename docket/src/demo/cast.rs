//! Who takes part, and as whom they sign in: people of this run only, so that an earlier day in the
//! same shop changes nothing.

use std::time::Duration;

use docket_service::Role;
use docket_service::auth::actor_id;
use uuid::Uuid;

use super::Error;
use super::country::CITIES;
use super::plan::Plan;
use super::session::Session;

const LIFETIME: Duration = Duration::from_hours(7 * 24);
const RECEPTIONISTS: usize = 5;

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) token: String,
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Cast {
    /// Names this run in keys and people.
    pub(super) run: String,
    /// The team that works its tickets: nobody else is given them, and its people get no others.
    pub(super) team: String,
    pub(super) consultants: Vec<Person>,
    pub(super) customers: Vec<Person>,
    receptionists: Vec<Person>,
    /// One for each city.
    pub(super) stores: Vec<Person>,
    pub(super) manager: Person,
    pub(super) administrator: Person,
}

impl Cast {
    pub(super) fn new(session: &Session, run: String, plan: &Plan) -> Result<Self, Error> {
        let person = |role: Role, which: usize| {
            let subject = format!("demo-{run}-{}-{which}", role.as_str());
            Ok::<_, Error>(Person {
                id: actor_id(&session.issuer_name, &subject),
                token: session.issuer.token(&subject, role, LIFETIME)?,
            })
        };
        let people = |role, count| {
            (0..count)
                .map(|n| person(role, n))
                .collect::<Result<_, _>>()
        };
        Ok(Self {
            team: format!("demo-{run}"),
            consultants: people(Role::Consultant, plan.consultants.len())?,
            customers: people(Role::Customer, plan.customers.len())?,
            receptionists: people(Role::Receptionist, RECEPTIONISTS)?,
            stores: people(Role::StoreStaff, CITIES.len())?,
            manager: person(Role::Manager, 0)?,
            administrator: person(Role::Administrator, 0)?,
            run,
        })
    }

    /// Whoever takes that ticket's call.
    pub(super) fn receptionist(&self, ticket: usize) -> &Person {
        &self.receptionists[ticket % RECEPTIONISTS]
    }
}
