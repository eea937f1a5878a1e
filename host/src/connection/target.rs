//! stub
pub(crate) fn check_path(_path: &str) -> Result<(), std::fmt::Error> {
    Ok(())
}
