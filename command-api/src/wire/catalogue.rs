//! Bodies of the catalogue's commands, made commands.

use docket_domain::catalogue::{
    CATEGORY_SKILLS_MAX, CatalogueCommand, CatalogueCommandName, Entry, EntryKind, Key,
};
use docket_domain::text::Label;
use jiff::civil::Date;

use super::bodies::catalogue::{CategoryBody, HolidayBody, HolidayKeyBody, NameBody, StoreBody};
use super::check::Check;
use super::command::{Read, Reading};
use super::object::Object;
use super::place::place;

/// Reads the body of the named command.
pub(super) fn body_of(name: CatalogueCommandName, from: Reading<'_>) -> Read {
    match name {
        CatalogueCommandName::Put(EntryKind::Category) => from.read(put(category)),
        CatalogueCommandName::Put(EntryKind::Skill) => {
            from.read(put(named(|name| Entry::Skill { name })))
        }
        CatalogueCommandName::Put(EntryKind::Store) => from.read(put(store)),
        CatalogueCommandName::Put(EntryKind::Area) => {
            from.read(put(named(|name| Entry::Area { name })))
        }
        CatalogueCommandName::Put(EntryKind::Holiday) => from.read(put(holiday)),
        CatalogueCommandName::Remove(EntryKind::Category) => {
            from.read(remove(named(Key::Category)))
        }
        CatalogueCommandName::Remove(EntryKind::Skill) => from.read(remove(named(Key::Skill))),
        CatalogueCommandName::Remove(EntryKind::Store) => from.read(remove(named(Key::Store))),
        CatalogueCommandName::Remove(EntryKind::Area) => from.read(remove(named(Key::Area))),
        CatalogueCommandName::Remove(EntryKind::Holiday) => from.read(remove(holiday_key)),
    }
}

fn put<B>(
    entry: impl FnOnce(B, &mut Check) -> Option<Entry>,
) -> impl FnOnce(B, &mut Check) -> Option<CatalogueCommand> {
    move |body, check| Some(CatalogueCommand::Put(Box::new(entry(body, check)?)))
}

fn remove<B>(
    key: impl FnOnce(B, &mut Check) -> Option<Key>,
) -> impl FnOnce(B, &mut Check) -> Option<CatalogueCommand> {
    move |body, check| Some(CatalogueCommand::Remove(key(body, check)?))
}

/// Of something that has a name and nothing else.
fn named<T>(of: impl FnOnce(Label) -> T) -> impl FnOnce(NameBody, &mut Check) -> Option<T> {
    move |body, check| check.required_text("name", body.name).map(of)
}

fn category(body: CategoryBody, check: &mut Check) -> Option<Entry> {
    let name = check.required_text("name", body.name);
    let skills = check.texts("skills", body.skills, CATEGORY_SKILLS_MAX);
    Some(Entry::Category {
        name: name?,
        skills: skills.into_iter().collect(),
    })
}

fn store(body: StoreBody, check: &mut Check) -> Option<Entry> {
    let name = check.required_text("name", body.name);
    let place = body.place.and_then(|Object(given)| place(given, check));
    let area = check.text("area", body.area);
    Some(Entry::Store {
        name: name?,
        place,
        area,
    })
}

fn holiday(body: HolidayBody, check: &mut Check) -> Option<Entry> {
    let date = date(body.date, check);
    let area = check.text("area", body.area);
    let name = check.required_text("name", body.name);
    Some(Entry::Holiday {
        date: date?,
        area,
        name: name?,
    })
}

fn holiday_key(body: HolidayKeyBody, check: &mut Check) -> Option<Key> {
    let date = date(body.date, check);
    let area = check.text("area", body.area);
    Some(Key::Holiday { date: date?, area })
}

/// A day as RFC 3339 has it, and no other spelling.
fn date(text: Option<String>, check: &mut Check) -> Option<Date> {
    let text = check.required("date", text)?;
    let date = text
        .parse()
        .ok()
        .filter(|date: &Date| date.to_string() == text);
    if date.is_none() {
        check.fault("date", "must be a day, as in 2026-12-25");
    }
    date
}
