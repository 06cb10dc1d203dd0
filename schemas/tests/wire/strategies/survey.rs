//! A survey's events.

use docket_domain::survey::{AskedBy, Invitation, Score, SurveyEvent};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::{person, personal, text, time};

fn invitation() -> impl Strategy<Value = Invitation> {
    let people = (of(person()), of(person()));
    let labels = (of(text()), of(text()), of(text()), of(text()), of(text()));
    let channel = select(vec![AskedBy::Email, AskedBy::Sms]);
    (people, labels, channel, time()).prop_map(
        |((customer, consultant), (language, team, category, store, area), channel, expires_at)| {
            Invitation {
                customer,
                channel,
                language,
                consultant,
                team,
                category,
                store,
                area,
                expires_at,
            }
        },
    )
}

pub(super) fn event() -> impl Strategy<Value = SurveyEvent> {
    let answer = (1..=5_u32, of(personal(text())));
    prop_oneof![
        invitation().prop_map(|it| SurveyEvent::Invited(it.into())),
        answer.prop_map(|(score, text)| SurveyEvent::Answered {
            score: Score::new(score).unwrap(),
            text,
        }),
    ]
}
