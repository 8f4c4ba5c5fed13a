//! The configuration inside a plan: which expression refers to which resource, and the provider's project.

use super::super::node::Node;
use super::{MAX_MODULES, Planned};
use serde_json::Value;

/// The `configuration` and `variables` of a plan.
pub(super) struct Configuration<'a> {
    root: Option<&'a Value>,
    /// The project that the google provider is configured with, where the plan says it.
    pub(super) project: Option<&'a str>,
}

impl<'a> Configuration<'a> {
    pub(super) fn new(plan: &Node<'a>) -> Configuration<'a> {
        let configuration = plan.get("configuration");
        let project = configuration
            .as_ref()
            .and_then(|c| c.get("provider_config"))
            .and_then(|providers| provider_project(&providers, plan));
        Configuration {
            root: configuration.and_then(|c| c.value.get("root_module")),
            project,
        }
    }

    /// The planned resource that `argument` of `resource` refers to, through the inputs of modules.
    pub(super) fn referent<'r>(
        &self,
        resource: &Planned<'_>,
        argument: &str,
        all: &'r [Planned<'a>],
    ) -> Option<&'r Planned<'a>> {
        let path = module_names(resource.module);
        let module = self.module(&path)?;
        let own = bare_address(resource.address, resource.module);
        let declared = module
            .get("resources")?
            .as_array()?
            .iter()
            .find(|r| r.get("address").and_then(Value::as_str) == Some(own.as_str()))?;
        let expression = declared.get("expressions")?.get(argument)?;
        self.follow(expression, &path, resource.module, all, 0)
    }

    fn module(&self, path: &[String]) -> Option<&'a Value> {
        let mut module = self.root?;
        for name in path {
            module = module.get("module_calls")?.get(name)?.get("module")?;
        }
        Some(module)
    }

    fn follow<'r>(
        &self,
        expression: &'a Value,
        path: &[String],
        address: &str,
        all: &'r [Planned<'a>],
        depth: usize,
    ) -> Option<&'r Planned<'a>> {
        if depth > MAX_MODULES {
            return None;
        }
        for reference in expression.get("references")?.as_array()? {
            let Some(text) = reference.as_str() else {
                continue;
            };
            if let Some(variable) = text.strip_prefix("var.") {
                let (call, parent) = path.split_last()?;
                let input = self
                    .module(parent)?
                    .get("module_calls")?
                    .get(call)?
                    .get("expressions")?;
                let input = input.get(variable.split(['.', '[']).next().unwrap_or_default())?;
                return self.follow(input, parent, parent_address(address), all, depth + 1);
            }
            if text.starts_with("google_") {
                return referred(text, address, all);
            }
        }
        None
    }
}

/// The resource named by a reference such as `google_storage_bucket.raw[0].name` in the module `address`; if
/// it does not say which instance, the only one.
fn referred<'r, 'a>(text: &str, address: &str, all: &'r [Planned<'a>]) -> Option<&'r Planned<'a>> {
    let mut tokens = text.splitn(3, '.');
    let (kind, name) = (tokens.next()?, tokens.next()?);
    let prefix = if address.is_empty() {
        String::new()
    } else {
        format!("{address}.")
    };
    let wanted = format!("{prefix}{kind}.{name}");
    let mut matching = all.iter().filter(|r| {
        r.address == wanted
            || r.address
                .strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.starts_with('['))
    });
    let first = matching.next()?;
    matching.next().is_none().then_some(first)
}

fn provider_project<'a>(providers: &Node<'a>, plan: &Node<'a>) -> Option<&'a str> {
    for (_, provider) in providers.members() {
        let google = provider
            .text("name")
            .is_some_and(|n| matches!(n, "google" | "google-beta"));
        let root = !provider.has("module_address");
        if !google || !root || provider.has("alias") {
            continue;
        }
        let Some(project) = provider.get("expressions").and_then(|e| e.get("project")) else {
            continue;
        };
        if let Some(text) = project.text("constant_value") {
            return Some(text);
        }
        let variable = project
            .value
            .pointer("/references/0")
            .and_then(Value::as_str);
        if let Some(name) = variable.and_then(|v| v.strip_prefix("var.")) {
            return plan.get("variables")?.get(name)?.text("value");
        }
    }
    None
}

/// `module.a[0].module.b["x.y"]` → `[a, b]`.
fn module_names(address: &str) -> Vec<String> {
    let bare = without_indexes(address);
    let mut names = Vec::new();
    let mut tokens = bare.split('.');
    while let (Some("module"), Some(name)) = (tokens.next(), tokens.next()) {
        names.push(name.to_owned());
    }
    names
}

/// The address of the module that `address` is called from.
fn parent_address(address: &str) -> &str {
    // The last `module.` outside brackets begins the innermost call.
    let mut depth = 0_usize;
    let mut last = None;
    for (at, c) in address.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            'm' if depth == 0
                && address.get(at..).is_some_and(|r| r.starts_with("module."))
                && (at == 0 || address.get(..at).is_some_and(|h| h.ends_with('.'))) =>
            {
                last = Some(at);
            }
            _ => {}
        }
    }
    let head = last.and_then(|at| address.get(..at)).unwrap_or_default();
    head.strip_suffix('.').unwrap_or(head)
}

/// The address within its module and without instance: `google_storage_bucket.raw`.
fn bare_address(address: &str, module: &str) -> String {
    let own = address.strip_prefix(module).unwrap_or(address);
    without_indexes(own.strip_prefix('.').unwrap_or(own))
}

fn without_indexes(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bare_address, module_names, parent_address};

    #[test]
    fn addresses_are_taken_apart() {
        let module = "module.a[\"x.y\"].module.b[0]";
        assert_eq!(module_names(module), ["a", "b"]);
        assert_eq!(parent_address(module), "module.a[\"x.y\"]");
        assert_eq!(parent_address("module.a"), "");
        assert_eq!(
            bare_address("module.a[0].google_x.y[\"k\"]", "module.a[0]"),
            "google_x.y"
        );
    }
}
