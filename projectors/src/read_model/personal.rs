//! Personal data in rows: the value while it is known, null and its name in `erased` once it was
//! destroyed.

use docket_domain::command::{Place, Point};
use docket_domain::text::Personal;
use sqlx::types::Json;

use super::row::PlaceJson;

/// The new value of a personal field; notes in `erased` that there was one, if it is gone.
pub(crate) fn personal<T, U>(
    erased: &mut Vec<String>,
    field: &str,
    value: Option<&Personal<T>>,
    read: impl FnOnce(&T) -> U,
) -> Option<U> {
    erased.retain(|name| name != field);
    let value = value?;
    if matches!(value, Personal::Erased) {
        erased.push(field.to_owned());
        erased.sort_unstable();
    }
    value.known().map(read)
}

/// A place as a column has it.
pub(crate) fn place_json(place: &Place) -> Json<PlaceJson> {
    Json(PlaceJson {
        address: place.address.as_ref().map(ToString::to_string),
        latitude: place.point.map(Point::latitude),
        longitude: place.point.map(Point::longitude),
    })
}
