//! The survey view: a row for every invitation, and who was erased.

use std::collections::HashSet;

use docket_domain::customer::CustomerEvent;
use docket_domain::ids::PersonId;
use docket_domain::stream::{Event, StreamId};
use docket_domain::survey::SurveyEvent;
use docket_domain::text::{Label, Personal};
use serde_json::{Value, json};

use crate::fold::Expected;
use crate::history::History;
use crate::told::time;
use crate::words::{label, word};

/// The customers whose words are gone.
pub(crate) fn erased<'a>(
    streams: impl Iterator<Item = &'a History>,
    expected: &mut Expected,
) -> HashSet<PersonId> {
    let gone = |event: &Event| matches!(event, Event::Customer(CustomerEvent::Erased));
    let mut erased = HashSet::new();
    for history in streams {
        if let StreamId::Customer(id) = history.id
            && history.told.iter().any(|told| gone(&told.event))
        {
            expected.row("erased_customer", json!({"id": id.0}));
            erased.insert(id);
        }
    }
    erased
}

pub(crate) fn rows(history: &History, erased: &HashSet<PersonId>, expected: &mut Expected) {
    let StreamId::Survey(id) = history.id else {
        return;
    };
    let past = history.now();
    let Event::Survey(SurveyEvent::Invited(invitation)) = &past.first().event else {
        panic!("{id} begins without an invitation");
    };
    let answer = past.told.get(1).map(|told| match &told.event {
        Event::Survey(SurveyEvent::Answered { score, text }) => (told, score.get(), text.as_ref()),
        other => panic!("{id} goes on with {other:?}"),
    });
    let text = answer.and_then(|(_, _, text)| text);
    let gone = invitation.customer.is_some_and(|it| erased.contains(&it));
    let said = text.and_then(Personal::known).filter(|_| !gone);
    let named = |text: &Option<Label>| label(text.as_ref());
    expected.row(
        "survey",
        json!({
            "id": id.respondent().0,
            "version": past.version(),
            "ticket": id.ticket.0,
            "closing": id.closing,
            "customer": invitation.customer.map(|it| it.0),
            "channel": word(invitation.channel),
            "language": named(&invitation.language),
            "consultant": invitation.consultant.map(|it| it.0),
            "team": named(&invitation.team),
            "category": named(&invitation.category),
            "store": named(&invitation.store),
            "area": named(&invitation.area),
            "invited_at": past.first().occurred_at(),
            "expires_at": time(invitation.expires_at),
            "score": answer.map(|(_, score, _)| score),
            "answered_at": answer.map_or(Value::Null, |(told, _, _)| told.occurred_at()),
            "text": said.map(ToString::to_string),
            "text_erased": text.is_some() && said.is_none(),
        }),
    );
}
