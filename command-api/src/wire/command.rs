//! From a body to a command of the domain, and to its canonical form.

use std::collections::BTreeMap;

use docket_domain::command::{
    Amendment, Caller, CommandName, Customer, FIELDS_MAX, OpenTicket, PARTS_MAX, Part, Place,
    Point, Priority, SKILLS_MAX, TicketCommand,
};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::text::{Label, Personal};
use docket_domain::{Actor, Role, TicketNumber, Timestamp};
use docket_schemas::attributes::CommandId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bodies::{
    AmendBody, AssignBody, CallerBody, CommentBody, EmptyBody, HoldBody, LinkBody, OpenBody,
    PartBody, PlaceBody, ReasonBody, ResolveBody, TransferBody, WorkBody,
};
use super::check::Check;
use super::object::Object;
use super::parse::{BadBody, tolerant};
use crate::command_id::{comment_id, work_id};

/// What a command's own ids and defaults come from.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) ticket: TicketId,
    pub(crate) command: CommandId,
    pub(crate) actor: Actor,
}

/// What a client states besides the body; part of the canonical form.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Stated {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) occurred_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) if_match: Option<u32>,
}

#[derive(Serialize)]
struct Canonical<'a, B> {
    stated: Stated,
    body: &'a B,
}

/// Reads the body of the named command. An empty one is `{}`.
pub(crate) fn body_of(
    name: CommandName,
    bytes: &[u8],
    ids: Ids,
    stated: Stated,
) -> Result<(TicketCommand, Vec<u8>), BadBody> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    match name {
        CommandName::Open => read(bytes, stated, |body, check| open(body, ids, check)),
        CommandName::Assign => read(bytes, stated, assign),
        CommandName::Accept => read(bytes, stated, just(TicketCommand::Accept)),
        CommandName::Decline => read(bytes, stated, decline),
        CommandName::Unassign => read(bytes, stated, unassign),
        CommandName::Transfer => read(bytes, stated, transfer),
        CommandName::Hold => read(bytes, stated, hold),
        CommandName::Resume => read(bytes, stated, just(TicketCommand::Resume)),
        CommandName::Resolve => read(bytes, stated, resolve),
        CommandName::Close => read(bytes, stated, just(CLOSE)),
        CommandName::Reopen => read(bytes, stated, reopen),
        CommandName::Cancel => read(bytes, stated, cancel),
        CommandName::Amend => read(bytes, stated, amend),
        CommandName::AddComment => read(bytes, stated, |body, check| comment(body, ids, check)),
        CommandName::Link => read(bytes, stated, link),
        CommandName::StartTravel => read(bytes, stated, just(TicketCommand::StartTravel)),
        CommandName::Arrive => read(bytes, stated, just(TicketCommand::Arrive)),
        CommandName::LogWork => read(bytes, stated, |body, check| work(body, ids, check)),
    }
}

/// The window's end is fixed by whoever decides, from the time of closing and its configuration.
const CLOSE: TicketCommand = TicketCommand::Close {
    reopen_until: Timestamp::UNIX_EPOCH,
};

fn read<B: DeserializeOwned + Serialize + Default>(
    bytes: &[u8],
    stated: Stated,
    command: impl FnOnce(B, &mut Check) -> Option<TicketCommand>,
) -> Result<(TicketCommand, Vec<u8>), BadBody> {
    let (body, faults) = tolerant::<B>(bytes)?;
    // The wire structs hold texts, numbers, lists and maps keyed by text: they always serialise.
    let canonical = serde_json::to_vec(&Canonical {
        stated,
        body: &body,
    })
    .map_err(|error| BadBody::Malformed(error.to_string()))?;
    let mut check = Check::after(faults);
    let command = command(body, &mut check);
    match (command, check.into_faults()) {
        (Some(command), faults) if faults.is_empty() => Ok((command, canonical)),
        (_, faults) => Err(BadBody::Faulty(faults)),
    }
}

fn just(command: TicketCommand) -> impl FnOnce(EmptyBody, &mut Check) -> Option<TicketCommand> {
    move |_, _| Some(command)
}

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
    let place = body.place.and_then(|Object(given)| place(given, check));
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

fn place(body: PlaceBody, check: &mut Check) -> Option<Personal<Place>> {
    let address = check.text("place.address", body.address);
    let point = match (body.latitude, body.longitude) {
        (Some(latitude), Some(longitude)) => {
            let point = Point::new(latitude, longitude);
            if point.is_none() {
                check.fault("place", "is not on the map: latitude ±90, longitude ±180");
            }
            point
        }
        (None, None) => None,
        _ => {
            check.fault("place", "needs latitude and longitude, or neither");
            None
        }
    };
    if address.is_none() && point.is_none() {
        check.fault("place", "needs an address or a point");
        return None;
    }
    Some(Personal::Known(Place { address, point }))
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
            .map(|given| given.and_then(|Object(given)| place(given, check))),
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
