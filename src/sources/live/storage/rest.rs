//! The JSON API. <https://cloud.google.com/storage/docs/json_api/v1>

use super::{Projection, failure, malformed};
use crate::sources::live::Trouble;
use crate::sources::live::client::{Client, Request};
use serde_json::Value;
use std::fmt::Write;

/// Reads by REST.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    client: Client,
}

impl Rest {
    pub(super) fn new(client: Client) -> Rest {
        Rest { client }
    }

    pub(super) async fn buckets(
        &self,
        project: &str,
        projection: Projection,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<Vec<String>, Trouble> {
        let projection = match projection {
            Projection::Full => "full",
            Projection::NoAcl => "noAcl",
        };
        let query = vec![
            ("project", project.to_owned()),
            ("projection", projection.to_owned()),
            ("maxResults", "1000".to_owned()),
            ("returnPartialSuccess", "true".to_owned()),
        ];
        let mut unreachable = Vec::new();
        self.list("/storage/v1/b".to_owned(), query, each, |page| {
            let names = page.get("unreachable").and_then(Value::as_array);
            let names = names.into_iter().flatten().filter_map(Value::as_str);
            unreachable.extend(names.map(str::to_owned));
        })
        .await?;
        Ok(unreachable)
    }

    /// The policy of a bucket, or of a managed folder in it.
    pub(super) async fn policy(
        &self,
        bucket: &str,
        folder: Option<&str>,
    ) -> Result<Value, Trouble> {
        let mut path = format!("/storage/v1/b/{}", segment(bucket));
        if let Some(folder) = folder {
            path.push_str("/managedFolders/");
            path.push_str(&segment(folder));
        }
        path.push_str("/iam");
        let query = vec![("optionsRequestedPolicyVersion", "3".to_owned())];
        self.client.call(&request(path, query)).await
    }

    pub(super) async fn managed_folders(
        &self,
        bucket: &str,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<(), Trouble> {
        let path = format!("/storage/v1/b/{}/managedFolders", segment(bucket));
        let query = vec![("pageSize", "1000".to_owned())];
        self.list(path, query, each, |_| {}).await
    }

    pub(super) async fn hmac_keys(
        &self,
        project: &str,
        each: &mut (impl FnMut(Value) + Send),
    ) -> Result<(), Trouble> {
        let path = format!("/storage/v1/projects/{}/hmacKeys", segment(project));
        let query = vec![("maxResults", "250".to_owned())];
        self.list(path, query, each, |_| {}).await
    }

    /// Every page, and every element of `items`.
    async fn list(
        &self,
        path: String,
        query: Vec<(&'static str, String)>,
        each: &mut (impl FnMut(Value) + Send),
        mut page_too: impl FnMut(&Value) + Send,
    ) -> Result<(), Trouble> {
        let mut odd = false;
        let request = request(path, query);
        let pages = self.client.pages(&request, |mut page| {
            page_too(&page);
            match page.get_mut("items").map(Value::take) {
                None if page.is_object() => {}
                Some(Value::Array(items)) => items.into_iter().for_each(&mut *each),
                _ => odd = true,
            }
        });
        pages.await?;
        if odd {
            return Err(malformed("the answer is no list"));
        }
        Ok(())
    }
}

fn request(path: String, query: Vec<(&'static str, String)>) -> Request {
    Request {
        query,
        ..Request::get(failure::SERVICE, path)
    }
}

/// A name as one segment of a path: everything but unreserved characters (RFC 3986) is encoded, slashes too.
fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(byte.into()),
            // A segment of dots alone would be resolved away.
            b'.' if !matches!(name, "." | "..") => out.push('.'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("acme-logs_1.eu"), "acme-logs_1.eu");
        assert_eq!(segment("a/b c?#%"), "a%2Fb%20c%3F%23%25");
        assert_eq!(segment(".."), "%2E%2E");
        assert_eq!(segment("é"), "%C3%A9");
    }
}
