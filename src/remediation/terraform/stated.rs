//! Resources with settings: what Terraform calls them, from what is known of them.
//!
//! Arguments and import ids are those of the pages of the google provider (`docs/resources/*` in its registry).

use super::bucket;
use super::bucket::{labels, scalar};
use super::hcl::{Body, Expr};
use super::names::Names;
use super::targets::matches;
use crate::model::canonical;
use serde_json::{Map, Value};

/// A resource, as Terraform states it.
pub(super) struct Stated {
    /// `google_storage_bucket`.
    pub(super) resource: &'static str,
    /// What its label is made of.
    pub(super) name: String,
    /// Its arguments.
    pub(super) body: Body,
    /// How an import names it.
    pub(super) import: String,
    /// What is known of it and not said in `body`.
    pub(super) unstated: Vec<String>,
    /// Whether it may be created over what is there: then it needs no import.
    pub(super) creates_over: bool,
}

impl Stated {
    fn new(resource: &'static str, name: &str, body: Body, import: String) -> Stated {
        Stated {
            resource,
            name: name.to_owned(),
            body,
            import,
            unstated: Vec::new(),
            creates_over: false,
        }
    }
}

/// States a resource in its wanted state. The error says why Terraform cannot, as a clause.
pub(super) fn state(
    name: &str,
    asset_type: &str,
    data: &Value,
    names: &Names<'_>,
) -> Result<Stated, String> {
    let full = canonical(name);
    let data = data
        .as_object()
        .ok_or("the input does not hold its settings")?;
    match asset_type {
        "storage.googleapis.com/Bucket" => bucket_resource(name, &full, data, names),
        "storage.googleapis.com/HmacKey" => hmac_key(&full, data, names),
        "iam.googleapis.com/ServiceAccount" => account(&full, data, names),
        "iam.googleapis.com/Role" => role(&full, data, names),
        "iam.googleapis.com/DenyPolicy" => deny_policy(&full, data),
        "orgpolicy.googleapis.com/Policy" => org_policy(&full, data),
        "logging.googleapis.com/LogSink" => sink(&full, data, names),
        "cloudkms.googleapis.com/CryptoKey" => crypto_key(&full, data),
        "serviceusage.googleapis.com/Service" => service(&full, data, names),
        _ => None,
    }
    .ok_or_else(|| why_not(asset_type))
}

fn why_not(asset_type: &str) -> String {
    match asset_type {
        "storage.googleapis.com/Bucket" => {
            "the input does not say where the bucket lies, and Terraform replaces a bucket that lies elsewhere".to_owned()
        }
        "iam.googleapis.com/ServiceAccount" => {
            "the provider manages only service accounts that were created in a project, not Google's default ones".to_owned()
        }
        "serviceusage.googleapis.com/Service" => {
            "Terraform disables only a service that it enabled".to_owned()
        }
        other => format!("this version does not state resources of the type {other}"),
    }
}

fn text<'d>(data: &'d Map<String, Value>, field: &str) -> Option<&'d str> {
    data.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// Copies scalar fields into arguments.
fn copy(body: &mut Body, data: &Map<String, Value>, arguments: &[(&str, &str)]) {
    for (field, argument) in arguments {
        let value = data
            .get(*field)
            .filter(|value| value.as_str() != Some(""))
            .and_then(scalar);
        body.set_some(argument, value);
    }
}

fn value<'f>(found: &'f [(&str, String)], key: &str) -> &'f str {
    found
        .iter()
        .find(|(name, _)| *name == key)
        .map_or("", |(_, value)| value)
}

fn bucket_resource(
    name: &str,
    full: &str,
    data: &Map<String, Value>,
    names: &Names<'_>,
) -> Option<Stated> {
    let found = matches("//storage.googleapis.com/projects/_/buckets/{bucket}", full)?;
    let bucket = value(&found, "bucket");
    let (body, unstated) = bucket::body(bucket, data)?;
    // The project is left to the import: one that differs, if only by spelling, replaces the bucket.
    let import = match names.project_of(name) {
        Some(project) => format!("{project}/{bucket}"),
        None => bucket.to_owned(),
    };
    let mut stated = Stated::new("google_storage_bucket", bucket, body, import);
    stated.unstated = unstated;
    Some(stated)
}

fn hmac_key(full: &str, data: &Map<String, Value>, names: &Names<'_>) -> Option<Stated> {
    let pattern = "//storage.googleapis.com/projects/{project}/hmacKeys/{key}";
    let found = matches(pattern, full)?;
    let project = names.project(value(&found, "project"));
    let mut body = Body::new();
    body.set("project", Expr::text(&project));
    body.set(
        "service_account_email",
        Expr::text(text(data, "serviceAccountEmail")?),
    );
    copy(&mut body, data, &[("state", "state")]);
    let key = value(&found, "key");
    let import = format!("projects/{project}/hmacKeys/{key}");
    Some(Stated::new("google_storage_hmac_key", key, body, import))
}

fn account(full: &str, data: &Map<String, Value>, names: &Names<'_>) -> Option<Stated> {
    let pattern = "//iam.googleapis.com/projects/{project}/serviceAccounts/{account}";
    let found = matches(pattern, full)?;
    let email = text(data, "email").unwrap_or_else(|| value(&found, "account"));
    let (id, domain) = email.split_once('@')?;
    domain.strip_suffix(".iam.gserviceaccount.com")?;
    let project = match text(data, "projectId") {
        Some(project) => project.to_owned(),
        None => names.project(value(&found, "project")),
    };
    let mut body = Body::new();
    body.set("project", Expr::text(&project));
    body.set("account_id", Expr::text(id));
    let arguments = [
        ("displayName", "display_name"),
        ("description", "description"),
        ("disabled", "disabled"),
    ];
    copy(&mut body, data, &arguments);
    let import = format!("projects/{project}/serviceAccounts/{email}");
    Some(Stated::new("google_service_account", id, body, import))
}

fn role(full: &str, data: &Map<String, Value>, names: &Names<'_>) -> Option<Stated> {
    let of_project = matches("//iam.googleapis.com/projects/{project}/roles/{role}", full);
    let of_org = matches(
        "//iam.googleapis.com/organizations/{org}/roles/{role}",
        full,
    );
    let mut body = Body::new();
    let (resource, id, import) = match (&of_project, &of_org) {
        (Some(found), _) => {
            let project = names.project(value(found, "project"));
            let id = value(found, "role");
            body.set("project", Expr::text(&project));
            let import = format!("projects/{project}/roles/{id}");
            ("google_project_iam_custom_role", id, import)
        }
        (None, Some(found)) => {
            let (org, id) = (value(found, "org"), value(found, "role"));
            body.set("org_id", Expr::text(org));
            let import = format!("organizations/{org}/roles/{id}");
            ("google_organization_iam_custom_role", id, import)
        }
        (None, None) => return None,
    };
    body.set("role_id", Expr::text(id));
    // The provider wants a title.
    body.set("title", Expr::text(text(data, "title").unwrap_or(id)));
    copy(
        &mut body,
        data,
        &[("description", "description"), ("stage", "stage")],
    );
    body.set("permissions", scalar(data.get("includedPermissions")?)?);
    Some(Stated::new(resource, id, body, import))
}

fn org_policy(full: &str, data: &Map<String, Value>) -> Option<Stated> {
    let name = full.strip_prefix("//orgpolicy.googleapis.com/")?;
    let (parent, constraint) = name.split_once("/policies/")?;
    let mut body = Body::new();
    body.set("name", Expr::text(name));
    body.set("parent", Expr::text(parent));
    for (field, kind) in [("spec", "spec"), ("dryRunSpec", "dry_run_spec")] {
        if let Some(spec) = data.get(field).and_then(Value::as_object) {
            body.block(kind, policy_spec(spec));
        }
    }
    let label = format!("{constraint} {parent}");
    let resource = "google_org_policy_policy";
    Some(Stated::new(resource, &label, body, name.to_owned()))
}

fn policy_spec(spec: &Map<String, Value>) -> Body {
    let mut body = Body::new();
    let arguments = [
        ("inheritFromParent", "inherit_from_parent"),
        ("reset", "reset"),
    ];
    copy(&mut body, spec, &arguments);
    let rules = spec.get("rules").and_then(Value::as_array);
    for rule in rules.into_iter().flatten().filter_map(Value::as_object) {
        let mut inner = Body::new();
        for (field, argument) in [
            ("enforce", "enforce"),
            ("allowAll", "allow_all"),
            ("denyAll", "deny_all"),
        ] {
            // Strings in the provider, since an absent one is not false.
            if let Some(told) = rule.get(field).and_then(Value::as_bool) {
                inner.set(argument, Expr::text(if told { "TRUE" } else { "FALSE" }));
            }
        }
        if let Some(parameters) = rule.get("parameters").filter(|it| it.is_object()) {
            let value = Box::new(Expr::json(parameters));
            inner.set("parameters", Expr::Call("jsonencode", value));
        }
        if let Some(values) = rule.get("values").and_then(Value::as_object) {
            let mut lists = Body::new();
            let arguments = [
                ("allowedValues", "allowed_values"),
                ("deniedValues", "denied_values"),
            ];
            copy(&mut lists, values, &arguments);
            inner.block("values", lists);
        }
        if let Some(told) = rule.get("condition").and_then(Value::as_object) {
            inner.block("condition", condition(told));
        }
        body.block("rules", inner);
    }
    body
}

fn condition(told: &Map<String, Value>) -> Body {
    let mut body = Body::new();
    let arguments = [
        ("title", "title"),
        ("description", "description"),
        ("expression", "expression"),
    ];
    copy(&mut body, told, &arguments);
    body
}

fn deny_policy(full: &str, data: &Map<String, Value>) -> Option<Stated> {
    let rest = full.strip_prefix("//iam.googleapis.com/policies/")?;
    let (parent, id) = rest.split_once("/denypolicies/")?;
    let parent = parent.replace('/', "%2F");
    let mut body = Body::new();
    body.set("parent", Expr::text(&parent));
    body.set("name", Expr::text(id));
    copy(&mut body, data, &[("displayName", "display_name")]);
    let rules = data.get("rules").and_then(Value::as_array)?;
    for rule in rules.iter().filter_map(Value::as_object) {
        let mut inner = Body::new();
        copy(&mut inner, rule, &[("description", "description")]);
        if let Some(denial) = rule.get("denyRule").and_then(Value::as_object) {
            let mut deny = Body::new();
            let arguments = [
                ("deniedPrincipals", "denied_principals"),
                ("exceptionPrincipals", "exception_principals"),
                ("deniedPermissions", "denied_permissions"),
                ("exceptionPermissions", "exception_permissions"),
            ];
            copy(&mut deny, denial, &arguments);
            if let Some(told) = denial.get("denialCondition").and_then(Value::as_object) {
                deny.block("denial_condition", condition(told));
            }
            inner.block("deny_rule", deny);
        }
        body.block("rules", inner);
    }
    let import = format!("{parent}/{id}");
    Some(Stated::new("google_iam_deny_policy", id, body, import))
}

fn sink(full: &str, data: &Map<String, Value>, names: &Names<'_>) -> Option<Stated> {
    let found = matches("//logging.googleapis.com/{kind}/{node}/sinks/{sink}", full)?;
    let (node, id) = (value(&found, "node"), value(&found, "sink"));
    let mut body = Body::new();
    body.set("name", Expr::text(id));
    let kind = value(&found, "kind");
    let (resource, node) = match kind {
        "projects" => ("google_logging_project_sink", names.project(node)),
        "folders" => ("google_logging_folder_sink", node.to_owned()),
        "organizations" => ("google_logging_organization_sink", node.to_owned()),
        _ => return None,
    };
    let argument = match kind {
        "projects" => "project",
        "folders" => "folder",
        _ => "org_id",
    };
    body.set(argument, Expr::text(&node));
    body.set("destination", Expr::text(text(data, "destination")?));
    let arguments = [
        ("filter", "filter"),
        ("description", "description"),
        ("disabled", "disabled"),
    ];
    copy(&mut body, data, &arguments);
    if kind == "projects" {
        // Without one the sink writes as an account that all projects share.
        let shared = text(data, "writerIdentity")
            .is_some_and(|it| it.starts_with("serviceAccount:cloud-logs@"));
        let own = Expr::Plain((!shared).to_string());
        body.set("unique_writer_identity", own);
    } else {
        copy(&mut body, data, &[("includeChildren", "include_children")]);
    }
    let exclusions = data.get("exclusions").and_then(Value::as_array);
    for exclusion in exclusions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        let mut inner = Body::new();
        copy(&mut inner, exclusion, &[("name", "name")]);
        copy(&mut inner, exclusion, &arguments);
        body.block("exclusions", inner);
    }
    let import = format!("{kind}/{node}/sinks/{id}");
    Some(Stated::new(resource, id, body, import))
}

fn crypto_key(full: &str, data: &Map<String, Value>) -> Option<Stated> {
    let id = full.strip_prefix("//cloudkms.googleapis.com/")?;
    let (ring, key) = id.split_once("/cryptoKeys/")?;
    let mut body = Body::new();
    body.set("name", Expr::text(key));
    body.set("key_ring", Expr::text(ring));
    let arguments = [
        ("purpose", "purpose"),
        ("rotationPeriod", "rotation_period"),
        ("destroyScheduledDuration", "destroy_scheduled_duration"),
        ("importOnly", "import_only"),
    ];
    copy(&mut body, data, &arguments);
    body.set_some("labels", data.get("labels").and_then(labels));
    if let Some(template) = data.get("versionTemplate").and_then(Value::as_object) {
        let mut inner = Body::new();
        let arguments = [
            ("algorithm", "algorithm"),
            ("protectionLevel", "protection_level"),
        ];
        copy(&mut inner, template, &arguments);
        body.block("version_template", inner);
    }
    let mut kept = Body::new();
    kept.set("prevent_destroy", Expr::Plain("true".to_owned()));
    body.block("lifecycle", kept);
    let mut stated = Stated::new("google_kms_crypto_key", key, body, id.to_owned());
    if data.contains_key("nextRotationTime") {
        stated.unstated.push("nextRotationTime".to_owned());
    }
    Some(stated)
}

fn service(full: &str, data: &Map<String, Value>, names: &Names<'_>) -> Option<Stated> {
    let pattern = "//serviceusage.googleapis.com/projects/{project}/services/{service}";
    let found = matches(pattern, full)?;
    if text(data, "state") != Some("ENABLED") {
        return None;
    }
    let project = names.project(value(&found, "project"));
    let service = value(&found, "service");
    let mut body = Body::new();
    body.set("project", Expr::text(&project));
    body.set("service", Expr::text(service));
    body.set("disable_on_destroy", Expr::Plain("false".to_owned()));
    let import = format!("{project}/{service}");
    let mut stated = Stated::new("google_project_service", service, body, import);
    stated.creates_over = true;
    Some(stated)
}
