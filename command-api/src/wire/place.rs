//! A place, wherever one is stated.

use docket_domain::command::{Place, Point};

use super::bodies::PlaceBody;
use super::check::Check;

/// The place that the member `place` states.
pub(super) fn place(body: PlaceBody, check: &mut Check) -> Option<Place> {
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
    Some(Place { address, point })
}
