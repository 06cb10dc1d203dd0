//! Who is asked how it went, when, and what their answers do.

mod answers;
mod asking;
mod memory;

use docket_domain::catalogue::{CatalogueCommand, Entry};
use docket_domain::command::Customer;
use docket_domain::customer::{
    ContactChange, CustomerCommand, NotificationChannel, PreferencesChange,
};
use docket_domain::ids::PersonId;
use docket_domain::stream::{Command, StreamId};
use docket_domain::survey::{AskedBy, SurveyCommand, SurveyEvent};
use docket_domain::text::Personal;
use docket_domain::{Actor, Role, StatusName, TicketCommand};
use uuid::Uuid;

use super::*;
use crate::desk::{
    ADMINISTRATOR, Desk, IMPORTER, MANAGER, PARTITIONS, REOPEN_WINDOW, Wants, days, text,
};
use crate::inviter::process::Ask;
use crate::manager::Manager as _;

impl Wants for Inviter {
    fn asked(intent: &Ask) -> (StreamId, u32, Command) {
        match intent.due() {
            Due::Invite(survey) => {
                let invitation = intent.invitation().expect("who is asked").clone();
                let command = SurveyCommand::Invite(Box::new(invitation));
                (StreamId::Survey(survey), 0, command.into())
            }
            Due::Reopen(survey, _, version) => {
                let reason = text("a bad score");
                let command = TicketCommand::Reopen { reason };
                (StreamId::Ticket(survey.ticket), version, command.into())
            }
        }
    }
}

const CARLA: PersonId = PersonId(Uuid::from_u128(7));
const POLICY: InviterConfig = InviterConfig {
    enabled: true,
    answer_within_s: 14 * 86_400,
    resolved_within_s: 30 * 86_400,
    reopen_at_most: Some(2),
};

fn inviter() -> Inviter {
    Inviter::new(&POLICY, PARTITIONS)
}

fn desk() -> Desk<Inviter> {
    let mut desk = Desk::empty();
    desk.start(inviter());
    desk.register(CARLA, |_| {});
    desk
}

fn of_carla(desk: &mut Desk<Inviter>, by: Actor) -> TicketId {
    desk.open_by(by, |open| open.customer = Customer::Registered(CARLA))
}

fn closed(desk: &mut Desk<Inviter>) -> TicketId {
    let ticket = of_carla(desk, MANAGER);
    close(desk, ticket);
    ticket
}

fn close(desk: &mut Desk<Inviter>, ticket: TicketId) {
    desk.resolve(ticket, MANAGER);
    desk.close(ticket, MANAGER);
}

fn survey(ticket: TicketId, closing: u32) -> SurveyId {
    SurveyId {
        ticket,
        closing: NonZeroU32::new(closing).unwrap(),
    }
}

/// The invitations that lie in the log, one after the other.
fn invitations(desk: &Desk<Inviter>) -> Vec<(SurveyId, Invitation)> {
    let facts = desk.log.iter().filter_map(|told| told.fact.as_ref());
    facts
        .filter_map(|fact| match (fact.stream, &fact.event) {
            (StreamId::Survey(id), Some((Event::Survey(SurveyEvent::Invited(it)), _))) => {
                Some((id, Invitation::clone(it)))
            }
            _ => None,
        })
        .collect()
}

fn asked(desk: &Desk<Inviter>) -> Vec<SurveyId> {
    invitations(desk).into_iter().map(|(id, _)| id).collect()
}

fn answer(desk: &mut Desk<Inviter>, survey: SurveyId, score: u32) {
    let respondent = Actor {
        id: survey.respondent(),
        role: Role::Customer,
    };
    let score = Score::new(score).unwrap();
    let command = SurveyCommand::Answer { score, text: None };
    desk.tell(StreamId::Survey(survey), respondent, command);
}

fn prefer(desk: &mut Desk<Inviter>, change: PreferencesChange) {
    let command = CustomerCommand::ChangePreferences(change);
    desk.tell(StreamId::Customer(CARLA), MANAGER, command);
}

fn no_surveys() -> PreferencesChange {
    PreferencesChange {
        surveys: Some(false),
        ..PreferencesChange::default()
    }
}
