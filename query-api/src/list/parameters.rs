//! The parameters that lists have in common, for OpenAPI: what [`Order::parse`](super::Order::parse)
//! reads, said from the same [`List`].

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required, Schema};

use super::{LIMIT_DEFAULT, List, ORDERS};
use crate::parameters::LIMIT_MAX;

impl List {
    /// `q` if it has one, `sort`, `order`, `cursor` and `limit`.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        if let Some(search) = self.search {
            parameters.push(parameter("q", search, ObjectBuilder::new()));
        }
        let sorts = self.sorts.iter().map(|sort| sort.name);
        let order = ORDERS[usize::from(self.descending)];
        parameters.extend([
            parameter(
                "sort",
                "What it is sorted by.",
                words(sorts, self.sorts[0].name),
            ),
            parameter("order", "Which way.", words(ORDERS, order)),
            parameter(
                "cursor",
                "`next_cursor` of the page before.",
                ObjectBuilder::new(),
            ),
            parameter(
                "limit",
                "The most entries on a page.",
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .minimum(Some(1))
                    .maximum(Some(LIMIT_MAX))
                    .default(Some(LIMIT_DEFAULT.into())),
            ),
        ]);
        parameters
    }
}

fn words(words: impl IntoIterator<Item = &'static str>, default: &'static str) -> ObjectBuilder {
    ObjectBuilder::new()
        .enum_values(Some(words))
        .default(Some(default.into()))
}

fn parameter(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(RefOr::T(Schema::Object(schema.build()))))
        .build()
}

/// Names a list's parameters for OpenAPI: `listed!(TicketList of LIST)`.
macro_rules! listed {
    ($name:ident of $list:expr) => {
        pub(crate) struct $name;

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $list.parameters()
            }
        }
    };
}
pub(crate) use listed;
