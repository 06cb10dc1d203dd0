//! Consultants, customers, surveys and the catalogue, told in stories and searched for exceptions, through
//! the one `authorize`, `decide` and `evolve` of any stream.

#[cfg(test)]
mod already_so;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod consultants;
#[cfg(test)]
mod customers;
#[cfg(test)]
mod folding;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod hours;
#[cfg(test)]
mod names;
#[cfg(test)]
mod preconditions;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod story;
#[cfg(test)]
mod surveys;
