//! Older versions read as the newest: each released version that is no longer written has one pure
//! step to the next one, so that there is one decoder per kind of event whatever its age.

use serde_json::Value;

use crate::DecodeError;
use crate::fact::Newest;

/// One version to the next. The function is total: what it can't make sense of it leaves, and the
/// newest version's decoder refuses it. It meets personal data as it lies in the log.
struct Step {
    from: &'static str,
    to: &'static str,
    up: fn(Value) -> Value,
}

/// Every step there is, of all streams. A new version adds one and keeps the others as they are.
const STEPS: &[Step] = &[];

/// Reads data of any version: the newest straight from its bytes, an older one step by step.
pub(crate) fn decode<E: Newest>(kind: &str, data: &[u8]) -> Result<E, DecodeError> {
    decode_through(STEPS, kind, data)
}

fn decode_through<E: Newest>(steps: &[Step], kind: &str, data: &[u8]) -> Result<E, DecodeError> {
    let malformed = |source| DecodeError::Json {
        kind: kind.into(),
        source,
    };
    let step_from = |kind: &str| steps.iter().find(|step| step.from == kind);

    let Some(first) = step_from(kind) else {
        let mut json = serde_json::Deserializer::from_slice(data);
        let event = E::decode_newest(kind, &mut json)?;
        json.end().map_err(malformed)?;
        return Ok(event);
    };
    let mut value = (first.up)(serde_json::from_slice(data).map_err(malformed)?);
    let mut newest = first.to;
    while let Some(step) = step_from(newest) {
        value = (step.up)(value);
        newest = step.to;
    }
    E::decode_newest(newest, &value)
}

#[cfg(test)]
mod tests {
    use docket_domain::TicketEvent;
    use docket_domain::ids::PersonId;
    use docket_domain::text::Reason;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::event;

    /// A history that never was: v0 named the consultant `who` and the reason `why`; a version
    /// between them renamed the first of these only.
    const MADE_UP: &[Step] = &[
        Step {
            from: "docket.ticket.declined.v0",
            to: "docket.ticket.declined.v0b",
            up: |value| rename(value, "who", "consultant"),
        },
        Step {
            from: "docket.ticket.declined.v0b",
            to: "docket.ticket.declined.v1",
            up: |value| rename(value, "why", "reason"),
        },
    ];

    fn rename(mut value: Value, from: &str, to: &str) -> Value {
        if let Some(fields) = value.as_object_mut()
            && let Some(field) = fields.remove(from)
        {
            fields.insert(to.into(), field);
        }
        value
    }

    fn decode(kind: &str, data: &Value) -> Result<TicketEvent, DecodeError> {
        decode_through(MADE_UP, kind, data.to_string().as_bytes())
    }

    #[test]
    fn every_version_reads_as_the_newest() {
        let consultant = Uuid::from_u128(7);
        let expected = TicketEvent::Declined {
            consultant: PersonId(consultant),
            reason: Reason::new("too far").unwrap(),
        };
        for (version, data) in [
            ("v0", json!({"who": consultant, "why": "too far"})),
            ("v0b", json!({"consultant": consultant, "why": "too far"})),
            ("v1", json!({"consultant": consultant, "reason": "too far"})),
        ] {
            let kind = format!("docket.ticket.declined.{version}");
            assert_eq!(decode(&kind, &data).unwrap(), expected, "{kind}");
        }
    }

    #[test]
    fn what_no_step_makes_sense_of_is_refused() {
        let older = decode("docket.ticket.declined.v0", &json!({"whom": 1}));
        assert!(matches!(older, Err(DecodeError::Json { .. })), "{older:?}");
        let not_json = decode_through::<TicketEvent>(MADE_UP, "docket.ticket.declined.v0", b"{");
        assert!(matches!(not_json, Err(DecodeError::Json { .. })));
    }

    #[test]
    fn the_real_steps_lead_to_the_newest_types_and_never_in_a_circle() {
        let newest: Vec<_> = event::types().collect();
        for step in STEPS {
            assert!(!newest.contains(&step.from), "{} is newest", step.from);
            let mut kind = step.to;
            for _ in STEPS {
                let next = STEPS.iter().find(|next| next.from == kind);
                kind = next.map_or(kind, |next| next.to);
            }
            assert!(newest.contains(&kind), "{} ends at {kind}", step.from);
        }
    }
}
