//! `sqlx::migrate!` reads the SQL at compile time, and Cargo doesn't know of those files.

fn main() {
    println!("cargo:rerun-if-changed=.");
}
