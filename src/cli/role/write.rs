//! Writes roles where the user wants them.

use super::arguments::{Form, WriteArguments};
use crate::cli::Failure;
use crate::cli::output::{note, print_text, reason, write_text};
use crate::remediation::roles::Role;
use crate::remediation::roles::render::{self, Lacking};
use crate::report::escape;
use std::path::Path;

/// Writes the roles: files whole or not at all.
///
/// # Errors
/// If the form takes what nobody said, or the place cannot take what is to be written.
pub(super) fn write(roles: &[Role], how: &WriteArguments) -> Result<(), Failure> {
    let texts = texts(roles, how.format).map_err(|lacking| lacks(lacking, how.format))?;
    let Some(path) = how.output.as_deref().filter(|path| path.as_os_str() != "-") else {
        return print(&texts, how.format);
    };
    let is_folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
    if !is_folder {
        let [text] = texts.as_slice() else {
            return Err(Failure::usage(format!(
                "{} roles came of it, and `{}` is one file; name a folder with `--output DIR/`",
                texts.len(),
                path.display()
            )));
        };
        write_text(path, text)?;
        note(&format!("wrote {}", path.display()));
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(|error| {
        let reason = reason(&error);
        Failure::usage(format!(
            "cannot make the folder `{}`: {reason}",
            path.display()
        ))
    })?;
    for (at, text) in texts.iter().enumerate() {
        let file = path.join(file_name(roles, at, how.format)?);
        write_text(&file, text)?;
        note(&format!("wrote {}", file.display()));
    }
    Ok(())
}

fn texts(roles: &[Role], form: Form) -> Result<Vec<String>, Lacking> {
    match form {
        Form::Yaml => Ok(roles.iter().map(render::yaml).collect()),
        Form::Terraform => Ok(vec![render::terraform(roles)?]),
        Form::Gcloud => Ok(vec![render::script(roles)?]),
        Form::Json => {
            let json = |role: &Role| {
                let text = format!("{:#}", render::rest(role)?);
                Ok(escape::json(&text).into_owned() + "\n")
            };
            roles.iter().map(json).collect()
        }
    }
}

fn print(texts: &[String], form: Form) -> Result<(), Failure> {
    match form {
        Form::Yaml => print_text(&texts.join("---\n"))?,
        Form::Json | Form::Terraform | Form::Gcloud => print_text(&texts.concat())?,
    }
    if texts.len() > 1 && form == Form::Yaml {
        note("gcloud takes one role from a file: `--output DIR/` writes each into its own");
    }
    Ok(())
}

/// The name of a role's file in a folder. Ids are made of letters, digits, `_` and `.` by now.
fn file_name(roles: &[Role], at: usize, form: Form) -> Result<String, Failure> {
    let extension = match form {
        Form::Terraform => return Ok("roles.tf".to_owned()),
        Form::Gcloud => return Ok("roles.sh".to_owned()),
        Form::Yaml => "yaml",
        Form::Json => "json",
    };
    let id = roles.get(at).and_then(|role| role.definition.id.as_deref());
    let id = id.ok_or_else(|| lacks(Lacking::Id, form))?;
    debug_assert_eq!(Path::new(id).components().count(), 1);
    Ok(format!("{id}.{extension}"))
}

fn lacks(lacking: Lacking, form: Form) -> Failure {
    let flag = match lacking {
        Lacking::Id => "`--id ID`",
        Lacking::Home => "`--project ID` or `--organization NUMBER`",
    };
    let whereto = match form {
        Form::Yaml => "a file in a folder",
        Form::Terraform => "Terraform",
        Form::Json => "the REST API",
        Form::Gcloud => "a script",
    };
    Failure::usage(format!("{lacking}, and {whereto} must know; say {flag}"))
}
