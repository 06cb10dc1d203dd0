//! Bodies of tickets' commands.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Caller, CommandName, Customer, FIELDS_MAX, OpenTicket, PARTS_MAX, Part, Priority,
    SKILLS_MAX, TicketCommand,
};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Label, Personal};
use docket_domain::{Actor, Role, TicketNumber, Timestamp};
use docket_schemas::attributes::CommandId;

use super::bodies::{
    AmendBody, AssignBody, CallerBody, CommentBody, HoldBody, LinkBody, OpenBody, PartBody,
    ReasonBody, ResolveBody, TransferBody, WorkBody,
};
use super::check::Check;
use super::command::{Asker, Read, Reading, just};
use super::object::Object;
use super::place::place;
use crate::command_id::{comment_id, work_id};

/// What a command's own ids and defaults come from.
#[derive(Clone, Copy)]
struct Ids {
    ticket: TicketId,
    command: CommandId,
    actor: Actor,
}

/// Reads the body of the named command.
pub(super) fn body_of(
    name: CommandName,
    from: Reading<'_>,
    ticket: TicketId,
    asker: Asker<'_>,
) -> Read {
    let ids = Ids {
        ticket,
        command: asker.command,
        actor: asker.actor,
    };
    match name {
        CommandName::Open => from.read(|body, check| open(body, ids, check)),
        CommandName::Assign => from.read(assign),
        CommandName::Accept => from.read(just(TicketCommand::Accept)),
        CommandName::Decline => from.read(decline),
        CommandName::Unassign => from.read(unassign),
        CommandName::Transfer => from.read(transfer),
        CommandName::Hold => from.read(hold),
        CommandName::Resume => from.read(just(TicketCommand::Resume)),
        CommandName::Resolve => from.read(resolve),
        CommandName::Close => from.read(just(CLOSE)),
        CommandName::Reopen => from.read(reopen),
        CommandName::Cancel => from.read(cancel),
        CommandName::Amend => from.read(amend),
        CommandName::AddComment => from.read(|body, check| comment(body, ids, check)),
        CommandName::Link => from.read(link),
        CommandName::StartTravel => from.read(just(TicketCommand::StartTravel)),
        CommandName::Arrive => from.read(just(TicketCommand::Arrive)),
        CommandName::LogWork => from.read(|body, check| work(body, ids, check)),
    }
}

/// The window's end is fixed by whoever decides, from the time of closing and its configuration.
const CLOSE: TicketCommand = TicketCommand::Close {
    reopen_until: Timestamp::UNIX_EPOCH,
};

fn open(body: OpenBody, ids: Ids, check: &mut Check) -> Option<TicketCommand> {
    let customer = match (body.customer, body.caller) {
        (Some(customer), None) => Some(Customer::Registered(PersonId(customer))),
        (None, Some(Object(given))) => {
            caller(given, check).map(|caller| Customer::Unregistered(Personal::Known(caller)))
        }
        (None, None) if ids.actor.role == Role::Customer => {
            Some(Customer::Registered(ids.actor.id))
        }
        (None, None) => {
            check.fault("customer", "is required, or else caller");
            None
        }
        (Some(_), Some(_)) => {
            check.fault("caller", "must not stand beside customer");
            None
        }
    };
    let channel = check.required("channel", body.channel);
    let store = check.text("store", body.store);
    let team = check.text("team", body.team);
    let subject = check.required_text("subject", body.subject);
    let description = check.personal("description", body.description);
    let category = check.text("category", body.category);
    let skills = check.texts("skills", body.skills, SKILLS_MAX);
    let place = body
        .place
        .and_then(|Object(given)| place(given, check))
        .map(Personal::Known);
    let language = check.text("language", body.language);
    check.at_most("fields", body.fields.len(), FIELDS_MAX);
    let mut fields = BTreeMap::new();
    for (name, value) in body.fields.into_iter().take(FIELDS_MAX) {
        let value = check.text(&format!("fields.{name}"), Some(value));
        if let (Some(name), Some(value)) = (field_name(name, check), value) {
            fields.insert(name, value);
        }
    }
    Some(TicketCommand::Open(Box::new(OpenTicket {
        // The number is given by whoever decides, from the partition's count.
        number: TicketNumber::new(0, 1, 0),
        customer: customer?,
        channel: channel?.into(),
        store,
        team,
        subject: Personal::Known(subject?),
        description,
        category,
        skills,
        priority: body.priority.map_or(Priority::Moderate, Into::into),
        place,
        language,
        fields,
    })))
}

fn caller(body: CallerBody, check: &mut Check) -> Option<Caller> {
    let name = check.required_text("caller.name", body.name);
    let phone = check.text("caller.phone", body.phone);
    let email = check.text("caller.email", body.email);
    Some(Caller {
        name: name?,
        phone,
        email,
    })
}

fn field_name(name: String, check: &mut Check) -> Option<Label> {
    match Label::new(name) {
        Ok(name) => Some(name),
        Err(invalid) => {
            check.fault("fields", format!("has a name that {invalid}"));
            None
        }
    }
}

fn assign(body: AssignBody, check: &mut Check) -> Option<TicketCommand> {
    let consultant = PersonId(check.required("consultant", body.consultant)?);
    let decision = body
        .decision
        .map(|Object(given)| given.for_consultant(consultant))
        .transpose();
    if let Err(invalid) = &decision {
        check.fault("decision", invalid.to_string());
    }
    Some(TicketCommand::Assign {
        consultant,
        decision: decision.ok()?.map(Box::new),
    })
}

fn decline(body: ReasonBody, check: &mut Check) -> Option<TicketCommand> {
    let reason = check.required_text("reason", body.reason)?;
    Some(TicketCommand::Decline { reason })
}

fn unassign(body: ReasonBody, check: &mut Check) -> Option<TicketCommand> {
    let reason = check.required_text("reason", body.reason)?;
    Some(TicketCommand::Unassign { reason })
}

fn reopen(body: ReasonBody, check: &mut Check) -> Option<TicketCommand> {
    let reason = check.required_text("reason", body.reason)?;
    Some(TicketCommand::Reopen { reason })
}

fn cancel(body: ReasonBody, check: &mut Check) -> Option<TicketCommand> {
    let reason = check.required_text("reason", body.reason)?;
    Some(TicketCommand::Cancel { reason })
}

fn transfer(body: TransferBody, check: &mut Check) -> Option<TicketCommand> {
    let team = check.required_text("team", body.team);
    let reason = check.text("reason", body.reason);
    Some(TicketCommand::Transfer {
        team: team?,
        reason,
    })
}

fn hold(body: HoldBody, check: &mut Check) -> Option<TicketCommand> {
    let awaiting = check.required("awaiting", body.awaiting);
    let note = check.personal("note", body.note);
    Some(TicketCommand::Hold {
        awaiting: awaiting?.into(),
        note,
    })
}

fn resolve(body: ResolveBody, check: &mut Check) -> Option<TicketCommand> {
    let code = check.required_text("code", body.code);
    let note = check.personal("note", body.note);
    Some(TicketCommand::Resolve { code: code?, note })
}

#[expect(clippy::unnecessary_wraps, reason = "as its neighbours")]
fn amend(body: AmendBody, check: &mut Check) -> Option<TicketCommand> {
    let mut amendment = Amendment {
        subject: check.personal("subject", body.subject),
        description: body
            .description
            .map(|text| check.personal("description", text)),
        category: body.category.map(|text| check.text("category", text)),
        skills: body
            .skills
            .map(|skills| check.texts("skills", skills, SKILLS_MAX)),
        priority: body.priority.map(Into::into),
        place: body
            .place
            .map(|given| given.and_then(|Object(given)| place(given, check)))
            .map(|place| place.map(Personal::Known)),
        fields: BTreeMap::new(),
    };
    check.at_most("fields", body.fields.len(), FIELDS_MAX);
    for (name, value) in body.fields.into_iter().take(FIELDS_MAX) {
        let value = check.text(&format!("fields.{name}"), value);
        if let Some(name) = field_name(name, check) {
            amendment.fields.insert(name, value);
        }
    }
    Some(TicketCommand::Amend(Box::new(amendment)))
}

fn comment(body: CommentBody, ids: Ids, check: &mut Check) -> Option<TicketCommand> {
    let text = check.required_text("text", body.text);
    let visibility = check.required("visibility", body.visibility);
    Some(TicketCommand::AddComment {
        comment: comment_id(ids.command, ids.ticket),
        visibility: visibility?.into(),
        text: Personal::Known(text?),
    })
}

fn link(body: LinkBody, check: &mut Check) -> Option<TicketCommand> {
    let other = check.required("ticket", body.ticket);
    let relation = check.required("relation", body.relation);
    Some(TicketCommand::Link {
        other: TicketId(other?),
        relation: relation?.into(),
    })
}

/// A month of nothing else; more is a slip of the finger.
const MINUTES_MAX: u32 = 44_640;

fn work(body: WorkBody, ids: Ids, check: &mut Check) -> Option<TicketCommand> {
    let minutes = check.required("minutes", body.minutes);
    if minutes.is_some_and(|minutes| minutes > MINUTES_MAX) {
        check.fault("minutes", format!("must be at most {MINUTES_MAX}"));
    }
    check.at_most("parts", body.parts.len(), PARTS_MAX);
    let parts = (0..)
        .zip(body.parts.into_iter().take(PARTS_MAX))
        .filter_map(|(n, Object(given))| part(n, given, check))
        .collect();
    Some(TicketCommand::LogWork {
        work: work_id(ids.command, ids.ticket),
        minutes: minutes?,
        parts,
    })
}

fn part(n: usize, body: PartBody, check: &mut Check) -> Option<Part> {
    let name = check.required_text(&format!("parts[{n}].name"), body.name);
    let quantity = check.required(&format!("parts[{n}].quantity"), body.quantity);
    if quantity == Some(0) {
        check.fault(&format!("parts[{n}].quantity"), "must be at least 1");
    }
    Some(Part {
        name: name?,
        quantity: quantity?,
    })
}
