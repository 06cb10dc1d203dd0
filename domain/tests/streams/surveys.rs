//! A survey: one question per closing of a ticket, one answer, by whoever has the link.

use docket_domain::ids::{PersonId, SurveyId, TicketId};
use docket_domain::stream::{Aggregate, Event, StreamId};
use docket_domain::survey::{
    AskedBy, InvalidScore, Invitation, Score, Survey, SurveyCommand, SurveyCommandName, SurveyEvent,
};
use docket_domain::text::Personal;
use docket_domain::{Actor, Rejection, Role, Timestamp};
use jiff::SignedDuration;
use std::collections::HashSet;
use std::num::NonZeroU32;
use uuid::Uuid;

use crate::scenarios::{
    ANNA, CARLA, NOON, SURVEY, SURVEY_ID, answered, invitation, invited, respondent, score,
    stranger, text, to_survey,
};
use crate::story::{Story, given};

const INVITER: Actor = stranger(Role::Service);

fn not_invited() -> Story {
    given::<SurveyEvent>(SURVEY, []).by(INVITER)
}

fn asked() -> Story {
    given(SURVEY, invited()).by(respondent())
}

fn invite(invitation: Invitation) -> SurveyCommand {
    SurveyCommand::Invite(Box::new(invitation))
}

fn answer(given: u32, said: Option<&str>) -> SurveyCommand {
    SurveyCommand::Answer {
        score: score(given),
        text: said.map(|said| Personal::Known(text(said))),
    }
}

fn after(hours: i64) -> Timestamp {
    NOON + SignedDuration::from_hours(hours)
}

#[test]
fn a_survey_from_the_question_to_the_answer() {
    let story = not_invited()
        .when(to_survey(SurveyCommandName::Invite))
        .then(SurveyEvent::Invited(Box::new(invitation())))
        .at(after(30))
        .by(respondent())
        .when(answer(5, None))
        .then(SurveyEvent::Answered {
            score: score(5),
            text: None,
        });
    let Aggregate::Survey(Survey::Answered(state)) = &story.aggregate else {
        panic!("not answered: {:?}", story.aggregate)
    };
    assert_eq!((state.history.version, state.score), (2, score(5)));
}

#[test]
fn nobody_answers_what_nobody_asked() {
    not_invited()
        .by(respondent())
        .when(answer(1, None))
        .then_rejected(&Rejection::NotInvited);
}

#[test]
fn the_same_answer_again_is_nothing_and_another_one_is_refused() {
    let story = asked()
        .when(answer(2, Some("Late")))
        .then_accepted()
        .when(answer(2, Some("Late")))
        .then_nothing();
    for other in [
        answer(3, Some("Late")),
        answer(2, Some("Later")),
        answer(2, None),
    ] {
        story
            .clone()
            .when(other)
            .then_rejected(&Rejection::AlreadyAnswered);
    }
    // Nor is it refused once the time is over: what was said was said in time.
    story
        .at(after(24 * 365))
        .when(answer(2, Some("Late")))
        .then_nothing();
}

#[test]
fn an_answer_comes_in_time_or_not_at_all() {
    let expires_at = invitation().expires_at;
    let second = SignedDuration::from_secs(1);
    asked().at(expires_at).when(answer(4, None)).then_accepted();
    asked()
        .at(expires_at + second)
        .when(answer(4, None))
        .then_rejected(&Rejection::SurveyExpired { expires_at });
}

/// Whoever answers can't say that they did so earlier.
#[test]
fn an_answer_is_not_dated_back() {
    let late = invitation().expires_at + SignedDuration::from_secs(1);
    asked()
        .at(late)
        .dated(NOON)
        .when(answer(4, None))
        .then_rejected(&Rejection::TimeNotAllowed {
            role: Role::Customer,
            earliest: late,
            latest: late,
        });
}

#[test]
fn nobody_is_sent_a_link_that_is_dead_already() {
    let expires_at = invitation().expires_at;
    not_invited()
        .at(expires_at + SignedDuration::from_secs(1))
        .when(to_survey(SurveyCommandName::Invite))
        .then_rejected(&Rejection::SurveyExpired { expires_at });
}

#[test]
fn a_customer_is_asked_once() {
    let others = [
        Invitation {
            customer: None,
            ..invitation()
        },
        Invitation {
            channel: AskedBy::Sms,
            ..invitation()
        },
        Invitation {
            consultant: Some(CARLA),
            ..invitation()
        },
        // The same labels, in each other's place.
        Invitation {
            store: invitation().area,
            area: invitation().store,
            ..invitation()
        },
        Invitation {
            category: None,
            ..invitation()
        },
        Invitation {
            expires_at: after(24 * 365),
            ..invitation()
        },
    ];
    for history in [invited(), answered()] {
        let story = given(SURVEY, history)
            .by(INVITER)
            .when(invite(invitation()))
            .then_nothing();
        for other in others.clone() {
            story
                .clone()
                .when(invite(other))
                .then_rejected(&Rejection::AlreadyInvited);
        }
    }
}

/// Asked again after the time is over, it is nothing still, and no new question.
#[test]
fn an_inviter_that_comes_back_late_asks_nobody_twice() {
    given(SURVEY, invited())
        .by(INVITER)
        .at(after(24 * 365))
        .when(invite(invitation()))
        .then_nothing();
}

#[test]
fn only_a_service_asks_and_only_the_link_answers() {
    let itself = |id: PersonId, role: Role| Actor { id, role };
    let mut actors: Vec<Actor> = Role::ALL.map(stranger).into();
    actors.extend(Role::ALL.map(|role| itself(SURVEY_ID.respondent(), role)));
    // The customer and the consultant whom it is about.
    actors.extend([
        itself(CARLA, Role::Customer),
        itself(ANNA, Role::Consultant),
    ]);
    for history in [vec![], invited(), answered()] {
        for name in SurveyCommandName::ALL {
            for actor in actors.iter().copied() {
                let may = match name {
                    SurveyCommandName::Invite => actor.role == Role::Service,
                    SurveyCommandName::Answer => actor == respondent(),
                };
                let decision = given(SURVEY, history.clone())
                    .by(actor)
                    .when(to_survey(name))
                    .decision();
                let forbidden = Err(Rejection::Forbidden {
                    role: actor.role,
                    command: name.into(),
                });
                assert_eq!(decision != forbidden, may, "{name:?} by {actor:?}");
            }
        }
    }
}

#[test]
fn the_link_of_one_survey_answers_no_other() {
    let second = NonZeroU32::MIN.saturating_add(1);
    let ids = [1, 2, 3].map(|n| TicketId(Uuid::from_u128(n)));
    let surveys = ids
        .into_iter()
        .flat_map(|ticket| [NonZeroU32::MIN, second].map(|closing| SurveyId { ticket, closing }));
    let respondents: HashSet<PersonId> = surveys.map(SurveyId::respondent).collect();
    assert_eq!(respondents.len(), 6);
    assert_eq!(
        SURVEY_ID.respondent().to_string(),
        "3f47a60f-c1ae-535c-a714-6eaeb7072c42",
        "it is in the log"
    );
}

#[test]
fn a_score_is_one_to_five() {
    for wrong in [0, 6, 256, 257, u32::MAX] {
        assert_eq!(Score::new(wrong), Err(InvalidScore), "{wrong}");
    }
    let all: Vec<u8> = (1..=5).map(|n| Score::new(n).unwrap().get()).collect();
    assert_eq!(all, [1, 2, 3, 4, 5]);
}

#[test]
fn whatever_lies_in_the_log_folds() {
    let [asked, said] = answered().try_into().unwrap();
    let story = given(SURVEY, [said.clone()]);
    assert_eq!(story.aggregate, Aggregate::Survey(Survey::NotInvited));
    assert_eq!(story.aggregate.version(), 0);
    // Second ones of a kind only count: the first answer stays.
    let other = SurveyEvent::Answered {
        score: score(1),
        text: None,
    };
    let story = given(SURVEY, [asked.clone(), asked.clone(), said, other, asked]);
    let Aggregate::Survey(Survey::Answered(state)) = &story.aggregate else {
        panic!("not answered: {:?}", story.aggregate)
    };
    assert_eq!((state.history.version, state.score), (5, score(4)));
    let elsewhere = StreamId::Ticket(SURVEY_ID.ticket);
    let ticket = given(elsewhere, answered().into_iter().map(Event::from));
    assert_eq!(ticket.aggregate, Aggregate::initial(elsewhere));
}
