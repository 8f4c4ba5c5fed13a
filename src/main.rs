//! The binary: everything is in the library.

fn main() -> std::process::ExitCode {
    leastwise::cli::run()
}
