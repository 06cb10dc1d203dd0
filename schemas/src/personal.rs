//! Personal data on the wire: the plain value, or `{"erased":true}` once it was destroyed.
//!
//! Every wire struct marks personal data by this type and by nothing else, so this file is the one
//! place that changes when it is sealed (encrypted before hashing). The JSON Schema carries the
//! mark as `"x-personal-data": true`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use docket_domain::text::Personal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ERASED: &str = "erased";

/// The wire form of [`Personal`]; `T` is a text or a struct without a field `erased`.
pub(crate) struct PersonalV1<T>(pub(crate) Personal<T>);

impl<T> PersonalV1<T> {
    /// Wraps what `wire` makes of the domain's value.
    pub(crate) fn of<'a, D>(personal: &'a Personal<D>, wire: impl FnOnce(&'a D) -> T) -> Self {
        Self(match personal {
            Personal::Known(value) => Personal::Known(wire(value)),
            Personal::Erased => Personal::Erased,
        })
    }

    /// The same for what may be absent.
    pub(crate) fn of_optional<'a, D>(
        personal: Option<&'a Personal<D>>,
        wire: impl FnOnce(&'a D) -> T,
    ) -> Option<Self> {
        personal.map(|personal| Self::of(personal, wire))
    }

    /// Unwraps it, with what `domain` makes of the wire's value.
    pub(crate) fn into_domain<D, E>(
        self,
        domain: impl FnOnce(T) -> Result<D, E>,
    ) -> Result<Personal<D>, E> {
        Ok(match self.0 {
            Personal::Known(value) => Personal::Known(domain(value)?),
            Personal::Erased => Personal::Erased,
        })
    }

    /// The same for what may be absent.
    pub(crate) fn into_optional<D, E>(
        wire: Option<Self>,
        domain: impl FnOnce(T) -> Result<D, E>,
    ) -> Result<Option<Personal<D>>, E> {
        wire.map(|wire| wire.into_domain(domain)).transpose()
    }
}

impl<T: Serialize> Serialize for PersonalV1<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Personal::Known(value) => value.serialize(to),
            Personal::Erased => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry(ERASED, &true)?;
                map.end()
            }
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PersonalV1<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PersonalVisitor(PhantomData)).map(Self)
    }
}

/// Tells the two forms apart by the first token; an untagged enum would buffer every text.
struct PersonalVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PersonalVisitor<T> {
    type Value = Personal<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("personal data or {\"erased\":true}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(StrDeserializer::new(text)).map(Personal::Known)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_key::<Cow<'_, str>>()?;
        if first.as_deref() != Some(ERASED) {
            let whole = MapAccessDeserializer::new(Rewound { first, rest: map });
            return T::deserialize(whole).map(Personal::Known);
        }
        match (map.next_value()?, map.next_key::<Cow<'_, str>>()?) {
            (true, None) => Ok(Personal::Erased),
            _ => Err(A::Error::custom("expected {\"erased\":true} alone")),
        }
    }
}

/// A map with its first key put back.
struct Rewound<'a, A> {
    first: Option<Cow<'a, str>>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rewound<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

impl<T: JsonSchema> JsonSchema for PersonalV1<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Personal{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-personal-data": true,
            "anyOf": [
                generator.subschema_for::<T>(),
                {
                    "type": "object",
                    "properties": { ERASED: { "const": true } },
                    "required": [ERASED],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(deny_unknown_fields)]
    struct Name {
        first: String,
        last: Option<String>,
    }

    fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<Personal<T>, serde_json::Error> {
        serde_json::from_str::<PersonalV1<T>>(json).map(|wire| wire.0)
    }

    fn known<T>(value: T) -> Personal<T> {
        Personal::Known(value)
    }

    #[test]
    fn is_the_plain_value_or_says_that_it_was_erased() {
        assert_eq!(
            read::<String>(r#""a\nb""#).unwrap(),
            known("a\nb".to_owned())
        );
        assert_eq!(
            read::<String>(r#"{"erased":true}"#).unwrap(),
            Personal::Erased
        );
        assert_eq!(
            read::<Name>(r#"{"erased":true}"#).unwrap(),
            Personal::Erased
        );
        let name = Name {
            first: "A".into(),
            last: Some("B".into()),
        };
        assert_eq!(
            read::<Name>(r#"{"first":"A","last":"B"}"#).unwrap(),
            known(name)
        );
    }

    #[test]
    fn is_nothing_else() {
        for json in [
            r#"{"erased":false}"#,
            r#"{"erased":1}"#,
            r#"{"erased":true,"first":"A"}"#,
            r#"{"first":"A","erased":true}"#,
            r#"{"sealed":"x"}"#,
            "{}",
            "[]",
            "1",
            "null",
            r#""A""#,
        ] {
            assert!(read::<Name>(json).is_err(), "{json}");
        }
        assert!(read::<String>(r#"{"first":"A"}"#).is_err());
    }
}
