//! The binary `chaos`.

fn main() {
    docket_chaos::replica::run_if_asked();
}
