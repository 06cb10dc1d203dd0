//! From bytes to a body, naming every member of a wrong type and every unknown one at once.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::check::Fault;
use super::object::Object;

/// Why a body is no command.
#[derive(Debug)]
pub(crate) enum BadBody {
    /// Not JSON at all.
    Malformed(String),
    /// JSON, but these members are wrong.
    Faulty(Vec<Fault>),
}

/// Stands for the body as a whole where a fault is in no member.
pub(crate) const BODY: &str = "body";

/// More faults than a person would read.
const FAULTS_MAX: usize = 32;

/// Reads a body; what has faults is read without the faulty members, so that the rest can be
/// checked too.
pub(crate) fn tolerant<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<Fault>), BadBody> {
    match serde_json::from_slice(bytes) {
        Ok(Object(body)) => Ok((body, Vec::new())),
        Err(error) if error.classify() == Category::Data => repaired(bytes, &error),
        Err(error) => Err(BadBody::Malformed(error.to_string())),
    }
}

/// Takes away one faulty member after the other until the rest can be read.
fn repaired<T: DeserializeOwned>(
    bytes: &[u8],
    first: &serde_json::Error,
) -> Result<(T, Vec<Fault>), BadBody> {
    let mut value: Value =
        serde_json::from_slice(bytes).map_err(|error| BadBody::Malformed(error.to_string()))?;
    let mut faults = Vec::new();
    while faults.len() < FAULTS_MAX {
        match serde_path_to_error::deserialize(&value) {
            Ok(Object(body)) => {
                if faults.is_empty() {
                    // Fine as a value, not as bytes: a member was there twice.
                    faults.push(Fault::new(BODY, first.to_string()));
                }
                return Ok((body, faults));
            }
            Err(error) => {
                let message = plain(&error.inner().to_string());
                faults.push(Fault::new(name(error.path()), message));
                if !remove(&mut value, error.path()) {
                    break;
                }
            }
        }
    }
    Err(BadBody::Faulty(faults))
}

/// What is wrong, without the names of Rust's types and libraries.
fn plain(message: &str) -> String {
    if message.starts_with("UUID parsing failed") {
        return "is not a UUID".to_owned();
    }
    let types = [
        ("u32", "a whole number from 0"),
        ("u64", "a whole number from 0"),
        ("f64", "a number"),
    ];
    types
        .iter()
        .find_map(|(rust, plain)| {
            let rest = message.strip_suffix(rust)?.strip_suffix("expected ")?;
            Some(format!("{rest}expected {plain}"))
        })
        .unwrap_or_else(|| message.to_owned())
}

/// The member's name, such as `place.latitude`.
fn name(path: &Path) -> String {
    match path.to_string() {
        root if root == "." => BODY.to_owned(),
        path => path,
    }
}

/// Removes the member at that path; of a list the whole list, so that later faults in other
/// members keep their names.
fn remove(value: &mut Value, path: &Path) -> bool {
    let keys: Vec<&str> = path
        .iter()
        .map_while(|segment| match segment {
            Segment::Map { key } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let Some((last, parents)) = keys.split_last() else {
        return false;
    };
    let mut at = value;
    for key in parents {
        let Some(next) = at.get_mut(*key) else {
            return false;
        };
        at = next;
    }
    at.as_object_mut()
        .is_some_and(|members| members.remove(*last).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::bodies::{AmendBody, OpenBody};

    fn faults(bytes: &str) -> Vec<(String, String)> {
        match tolerant::<OpenBody>(bytes.as_bytes()) {
            Ok((_, faults)) | Err(BadBody::Faulty(faults)) => faults
                .into_iter()
                .map(|fault| (fault.field, fault.message))
                .collect(),
            Err(BadBody::Malformed(error)) => panic!("malformed: {error}"),
        }
    }

    #[test]
    fn every_faulty_member_is_named_at_once() {
        let named = faults(
            r#"{"subject":5,"channel":"pigeon","colour":"red","place":{"latitude":"north"},
                "skills":["a",1,2],"customer":"me"}"#,
        );
        let mut fields: Vec<&str> = named.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "channel",
                "colour",
                "customer",
                "place.latitude",
                "skills[1]",
                "subject"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_the_clients_words() {
        let body = r#"{"customer":"me","place":{"latitude":"north"}}"#;
        let messages: Vec<String> = faults(body).into_iter().map(|(_, why)| why).collect();
        assert_eq!(
            messages,
            [
                "is not a UUID",
                "invalid type: string \"north\", expected a number"
            ]
        );
    }

    #[test]
    fn a_body_of_another_shape_is_one_fault() {
        assert_eq!(faults("[]").len(), 1);
        assert_eq!(faults("7")[0].0, "body");
        assert_eq!(
            faults(r#"{"subject":"a","channel":"web","place":["x"]}"#)[0].0,
            "place"
        );
        assert!(
            faults(r#"{"subject":"a","subject":"b"}"#)[0]
                .1
                .contains("duplicate")
        );
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for bytes in [
            &b"{"[..],
            b"",
            b"{\"subject\":\"\\ud800\"}",
            b"{\"subject\":\"\xff\"}",
            b"{\"subject\":5,}",
        ] {
            assert!(matches!(
                tolerant::<OpenBody>(bytes),
                Err(BadBody::Malformed(_))
            ));
        }
    }

    #[test]
    fn null_takes_away_and_absence_leaves() {
        let (body, faults) = tolerant::<AmendBody>(br#"{"description":null}"#).expect("readable");
        assert!(faults.is_empty());
        assert!(matches!(body.description, Some(None)));
        assert!(body.category.is_none());
    }
}
