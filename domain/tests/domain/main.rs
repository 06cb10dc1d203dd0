//! The domain, told in stories and searched for exceptions: what each status takes, what each role
//! may do, what is refused and why, and that no sequence of commands breaks the invariants.

#[cfg(test)]
mod already_so;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod course;
#[cfg(test)]
mod folding;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod status_table;
#[cfg(test)]
mod story;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod times;
