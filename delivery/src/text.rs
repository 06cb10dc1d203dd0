//! What notifications say, in whom they are for's language.
//!
//! One file per language, `<BCP 47 tag>.toml`: a table per kind with `subject` and `text` of a mail
//! and `sms`. Guarantee: what people wrote comes in as one line of bounded length, without control
//! characters, and is never itself read as a template; every text is tried at start.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Deserialize;

use crate::Error;
use crate::config::DeliveryConfig;
use crate::queue::Facts;
use crate::retry::Failure;

const OWN: [(&str, &str); 2] = [
    ("en", include_str!("../templates/en.toml")),
    ("de", include_str!("../templates/de.toml")),
];

/// The most characters of anything that people wrote.
const CHARS_MAX: usize = 120;

/// A notification in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) sms: String,
}

/// All texts.
#[derive(Debug)]
pub(crate) struct Texts {
    environment: Environment<'static>,
    languages: BTreeMap<String, BTreeMap<String, Source>>,
    default: String,
    sender: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    subject: String,
    text: String,
    sms: String,
}

impl Texts {
    /// Our own texts, and over them those of the configured directory.
    pub(crate) fn load(config: &DeliveryConfig) -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut texts = Self {
            environment,
            languages: BTreeMap::new(),
            default: config.language.to_ascii_lowercase(),
            sender: config.sender.clone(),
        };
        for (language, file) in OWN {
            texts.add(language, file)?;
        }
        if let Some(directory) = &config.texts {
            let wrong = |why: std::io::Error| Error::Texts {
                language: directory.display().to_string(),
                why: why.to_string(),
            };
            for entry in std::fs::read_dir(directory).map_err(wrong)? {
                let path = entry.map_err(wrong)?.path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "toml")
                    && let Some(language) = path.file_stem().and_then(|stem| stem.to_str())
                {
                    let file = std::fs::read_to_string(&path).map_err(wrong)?;
                    texts.add(&language.to_ascii_lowercase(), &file)?;
                }
            }
        }
        if !texts.languages.contains_key(&texts.default) {
            return Err(Error::Texts {
                language: texts.default,
                why: "there are none, and it is delivery.language".to_owned(),
            });
        }
        Ok(texts)
    }

    fn add(&mut self, language: &str, file: &str) -> Result<(), Error> {
        let wrong = |why: String| Error::Texts {
            language: language.to_owned(),
            why,
        };
        let kinds: BTreeMap<String, Source> =
            toml::from_str(file).map_err(|error| wrong(error.to_string()))?;
        for (kind, source) in kinds {
            for given in [Some("x"), None] {
                self.fill(
                    &source,
                    &Values {
                        name: given,
                        subject: given,
                        consultant: given,
                        number: "1",
                        sender: &self.sender,
                        link: given,
                    }
                    .get(),
                )
                .map_err(|error| wrong(format!("{kind}: {error:#}")))?;
            }
            let texts = self.languages.entry(language.to_owned()).or_default();
            texts.insert(kind, source);
        }
        Ok(())
    }

    /// The notification for whoever `facts` say, by this name and in this language.
    pub(crate) fn render(
        &self,
        kind: &str,
        name: Option<&str>,
        language: Option<&str>,
        facts: &Facts,
        link: Option<&str>,
    ) -> Result<Text, Failure> {
        let source = self
            .source(kind, language)
            .ok_or_else(|| Failure::transient(format!("there is no text for {kind}")))?;
        let number = facts.number.map(|number| number.to_string());
        let values = Values {
            name,
            subject: facts.subject.as_deref(),
            consultant: facts.consultant_name.as_deref(),
            number: &number.unwrap_or_default(),
            sender: &self.sender,
            link,
        };
        self.fill(source, &values.get())
            .map_err(|error| Failure::transient(format!("the text of {kind}: {error:#}")))
    }

    /// By the whole tag, then by ever less of it (RFC 4647, lookup), then the default.
    fn source(&self, kind: &str, language: Option<&str>) -> Option<&Source> {
        let of = |language: &str| self.languages.get(language)?.get(kind);
        let tag = language.unwrap_or_default().to_ascii_lowercase();
        let mut range = tag.as_str();
        loop {
            if let Some(source) = of(range) {
                return Some(source);
            }
            match range.rsplit_once('-') {
                Some((shorter, _)) => range = shorter,
                None => return of(&self.default),
            }
        }
    }

    fn fill(&self, source: &Source, values: &Value) -> Result<Text, minijinja::Error> {
        let fill = |template: &str| self.environment.render_str(template, values);
        Ok(Text {
            subject: one_line(&fill(&source.subject)?, 2 * CHARS_MAX),
            body: fill(&source.text)?,
            sms: fill(&source.sms)?.trim().to_owned(),
        })
    }
}

/// What texts may name.
struct Values<'a> {
    name: Option<&'a str>,
    subject: Option<&'a str>,
    consultant: Option<&'a str>,
    number: &'a str,
    sender: &'a str,
    link: Option<&'a str>,
}

impl Values<'_> {
    fn get(&self) -> Value {
        let line = |text: Option<&str>| text.map(|text| one_line(text, CHARS_MAX));
        context! {
            name => line(self.name),
            subject => line(self.subject),
            consultant => line(self.consultant),
            number => self.number,
            sender => self.sender,
            // Made by us.
            link => self.link,
        }
    }
}

/// One line of it: control characters and those that turn the writing around become spaces, and
/// what is too long ends in an ellipsis.
pub(crate) fn one_line(text: &str, chars_max: usize) -> String {
    let breaks = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn texts() -> Texts {
        Texts::load(&DeliveryConfig::default()).expect("our own texts are good")
    }

    fn facts(subject: &str) -> Facts {
        Facts {
            number: Some(1234),
            subject: Some(subject.to_owned()),
            ..Facts::default()
        }
    }

    #[test]
    fn a_language_falls_back_to_its_family_and_then_to_the_default() {
        let texts = texts();
        let subject = |language| {
            let text = texts.render("ticket.resolved", None, language, &facts("x"), None);
            text.expect("renders").subject
        };
        assert_eq!(subject(Some("de-AT-1996")), subject(Some("de")));
        assert_eq!(subject(Some("DE")), subject(Some("de")));
        assert_ne!(subject(Some("de")), subject(None));
        for other in ["fr", "den", "", "-", "de--"] {
            let expected = if other == "de--" { Some("de") } else { None };
            assert_eq!(subject(Some(other)), subject(expected), "{other}");
        }
    }

    #[test]
    fn every_language_has_every_kind() {
        let texts = texts();
        for kinds in texts.languages.values() {
            let kinds: BTreeSet<&str> = kinds.keys().map(String::as_str).collect();
            assert_eq!(kinds, BTreeSet::from(crate::intake::KINDS));
        }
    }

    #[test]
    fn an_invitation_has_its_link_in_mail_and_text_message() {
        let link = "https://example.org/survey#7.1.2.x";
        for language in ["en", "de"] {
            let text = texts().render(
                "survey.invitation",
                None,
                Some(language),
                &facts("x"),
                Some(link),
            );
            let text = text.expect("renders");
            // A line of its own, or clients of mail take what follows for a part of it.
            assert!(text.body.lines().any(|line| line == link), "{}", text.body);
            assert!(text.sms.ends_with(&format!(" {link}")), "{}", text.sms);
        }
    }

    #[test]
    fn what_people_wrote_is_one_line_and_no_template() {
        let wrote = "a\r\nBcc: eve@example.com\u{2028}{{ number }}\u{202e}b\0c";
        let text = texts()
            .render("ticket.received", None, None, &facts(wrote), None)
            .expect("renders");
        assert!(
            text.body
                .contains("a Bcc: eve@example.com {{ number }} b c"),
            "{}",
            text.body
        );
        assert_eq!(one_line(&"x".repeat(200), 5), "xxxxx…");
    }

    #[test]
    fn a_directory_adds_languages_and_replaces_single_texts() {
        let directory = tempfile::tempdir().expect("a directory");
        let text =
            "[\"ticket.resolved\"]\nsubject = \"Fini {{ number }}\"\ntext = \"-\"\nsms = \"-\"\n";
        std::fs::write(directory.path().join("fr.toml"), text).expect("writes");
        let config = DeliveryConfig {
            texts: Some(directory.path().to_owned()),
            ..DeliveryConfig::default()
        };
        let texts = Texts::load(&config).expect("good texts");
        let resolved = texts.render("ticket.resolved", None, Some("fr-CA"), &facts("x"), None);
        assert_eq!(resolved.expect("renders").subject, "Fini 1234");
        // Of the other kinds there are none in French.
        assert!(
            texts
                .render("ticket.received", None, Some("fr"), &facts("x"), None)
                .is_ok()
        );

        std::fs::write(
            directory.path().join("fr.toml"),
            text.replace("number", "nummer"),
        )
        .expect("writes");
        let error = Texts::load(&config).expect_err("an unknown name");
        assert!(error.to_string().contains("fr"), "{error}");
    }
}
