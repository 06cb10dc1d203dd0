//! Every status × every command, against the table written out by hand.

use docket_domain::decide::allowed_in;
use docket_domain::{CommandName, Rejection, StatusName};

use crate::scenarios::{sample, ticket_that_is};
use crate::story::given;

/// One column per status, in the order of [`StatusName::ALL`]: open, assigned, in progress, on
/// hold, resolved, closed, cancelled. `+` an event, `=` already so, `-` refused by the status,
/// `!` opened already.
const TABLE: [(CommandName, &str); 18] = [
    (CommandName::Open, "! ! ! ! ! ! !"),
    (CommandName::Assign, "+ + + + - - -"),
    (CommandName::Accept, "- + = - - - -"),
    (CommandName::Decline, "- + - - - - -"),
    (CommandName::Unassign, "= + + + - - -"),
    (CommandName::Transfer, "+ + + + - - -"),
    (CommandName::Hold, "+ + + + - - -"),
    (CommandName::Resume, "- - - + - - -"),
    (CommandName::Resolve, "+ + + + - - -"),
    (CommandName::Close, "- - - - + = -"),
    (CommandName::Reopen, "- - - - + + -"),
    (CommandName::Cancel, "+ + + + - - ="),
    (CommandName::Amend, "+ + + + + + -"),
    (CommandName::AddComment, "+ + + + + + -"),
    (CommandName::Link, "+ + + + + + -"),
    (CommandName::StartTravel, "- + + + - - -"),
    (CommandName::Arrive, "- + + + - - -"),
    (CommandName::LogWork, "- + + + - - -"),
];

fn cells() -> impl Iterator<Item = (CommandName, StatusName, &'static str)> {
    TABLE.into_iter().flat_map(|(command, row)| {
        StatusName::ALL
            .into_iter()
            .zip(row.split(' '))
            .map(move |(status, cell)| (command, status, cell))
    })
}

#[test]
fn the_table_names_every_command_once_and_every_status() {
    assert_eq!(TABLE.map(|(command, _)| command), CommandName::ALL);
    assert_eq!(cells().count(), 18 * 7);
}

#[test]
fn each_status_takes_what_the_table_says() {
    for (command, status, cell) in cells() {
        let decision = given(ticket_that_is(status))
            .when(sample(command))
            .decision();
        let actual = match &decision {
            Ok(Some(_)) => "+",
            Ok(None) => "=",
            Err(Rejection::AlreadyOpened) => "!",
            Err(Rejection::NotAllowed {
                command: refused,
                status: standing,
            }) if *refused == command && *standing == status => "-",
            Err(other) => panic!("{command:?} while {status:?}: {other:?}"),
        };
        assert_eq!(actual, cell, "{command:?} while {status:?}: {decision:?}");
    }
}

#[test]
fn what_a_refusal_offers_instead_is_what_would_be_taken() {
    for (command, status, cell) in cells() {
        assert_eq!(
            allowed_in(status).contains(&command),
            cell == "+",
            "{command:?} while {status:?}"
        );
    }
}
