//! Ticket numbers: one a ticket, for ever, and no two tickets the same.

use std::collections::BTreeMap;

use docket_domain::TicketNumber;
use docket_domain::stream::StreamId;

use crate::history::Invocation;
use crate::report::Violation;

/// Every breach of it that the answers show.
pub(crate) fn check(invocations: &[Invocation]) -> Vec<Violation> {
    let mut number_of: BTreeMap<StreamId, TicketNumber> = BTreeMap::new();
    let mut ticket_of: BTreeMap<TicketNumber, StreamId> = BTreeMap::new();
    let mut violations = Vec::new();
    for invocation in invocations {
        let Some(number) = invocation.number else {
            continue;
        };
        let ticket = invocation.asked.stream;
        let first = *number_of.entry(ticket).or_insert(number);
        if first != number {
            violations.push(Violation::NumberChanged {
                ticket,
                first,
                then: number,
            });
        }
        let owner = *ticket_of.entry(number).or_insert(ticket);
        if owner != ticket {
            violations.push(Violation::NumberTwice {
                number,
                tickets: [owner, ticket],
            });
        }
    }
    violations
}
