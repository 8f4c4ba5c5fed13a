//! One call, and the address that it goes to.

use super::super::{Trouble, TroubleKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The service, as its host begins: `cloudresourcemanager`.
    pub service: &'static str,
    /// The path, encoded, from `/v3/…` on.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The body of a POST; a GET has none.
    pub body: Option<Value>,
    /// The quota that it counts against, beside that of the service: a name and calls a minute.
    pub budget: Option<(&'static str, u32)>,
}

impl Request {
    /// A GET without parameters.
    pub fn get(service: &'static str, path: impl Into<String>) -> Request {
        Request {
            service,
            path: path.into(),
            query: Vec::new(),
            body: None,
            budget: None,
        }
    }

    /// A POST.
    pub fn post(service: &'static str, path: impl Into<String>, body: Value) -> Request {
        Request {
            body: Some(body),
            ..Request::get(service, path)
        }
    }

    /// POST if it has a body.
    pub(super) fn method(&self) -> http::Method {
        match &self.body {
            Some(_) => http::Method::POST,
            None => http::Method::GET,
        }
    }

    /// Asks for the page of `token`: in the body where the API takes its parameters there (`entries:list`,
    /// `queryTestablePermissions`), else in the query.
    pub(super) fn turn(&mut self, token: &str) {
        match &mut self.body {
            Some(Value::Object(body)) => {
                body.insert("pageToken".to_owned(), Value::from(token));
            }
            _ => {
                self.query.retain(|(key, _)| *key != "pageToken");
                self.query.push(("pageToken", token.to_owned()));
            }
        }
    }

    /// The address.
    ///
    /// # Errors
    /// A path that would lead elsewhere, or an address that is none.
    pub(super) fn url(
        &self,
        endpoints: &BTreeMap<String, String>,
    ) -> Result<reqwest::Url, Trouble> {
        let wrong = |why: &str| Trouble::new(TroubleKind::Rejected, self.service, why);
        // Names come from outside; an address library resolves `..` as a browser does, also where it is encoded.
        let dots = |segment: &str| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        };
        if !self.path.starts_with('/') || self.path.split('/').any(dots) {
            return Err(wrong(
                "a name in the path is `.` or `..`, so it was not sent",
            ));
        }
        if self.path.contains(['?', '#', '\\']) {
            return Err(wrong(
                "a name in the path is not encoded, so it was not sent",
            ));
        }
        let mut url = endpoint(endpoints, self.service);
        url.push_str(&self.path);
        for (at, (key, value)) in self.query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            encode(&mut url, key);
            url.push('=');
            encode(&mut url, value);
        }
        reqwest::Url::parse(&url).map_err(|error| wrong(&format!("no valid address: {error}")))
    }
}

/// Where a service is, without a slash at the end.
pub fn endpoint(endpoints: &BTreeMap<String, String>, service: &str) -> String {
    match endpoints.get(service).or_else(|| endpoints.get("*")) {
        Some(named) => named
            .replace("{service}", service)
            .trim_end_matches('/')
            .to_owned(),
        None => format!("https://{service}.googleapis.com"),
    }
}

/// Whether an address may be sent a token: it is encrypted, or it does not leave the machine.
pub fn is_private(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(&address.replace("{service}", "service")) else {
        return false;
    };
    url.scheme() == "https" || is_loopback(&url)
}

/// Whether an address is on this machine.
pub(super) fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// All but the unreserved characters of RFC 3986 as `%XX`.
fn encode(url: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(byte));
            }
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Request, endpoint, is_private};
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn endpoints(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(service, url): &(&str, &str)| ((*service).to_owned(), (*url).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn endpoints_are_named_or_the_star_or_googles() {
        let given = endpoints(&[("iam", "http://a:1/"), ("*", "http://b:2/{service}/")]);
        assert_eq!(endpoint(&given, "iam"), "http://a:1");
        assert_eq!(endpoint(&given, "storage"), "http://b:2/storage");
        assert_eq!(
            endpoint(&BTreeMap::new(), "iam"),
            "https://iam.googleapis.com"
        );
    }

    #[test]
    fn parameters_are_encoded_and_paths_stay_as_they_are() {
        let mut request = Request::get("iam", "/v2/policies/crm%2Fprojects%2Fp/denypolicies");
        request.query = vec![
            ("query", "name:a b&c=d/é+".to_owned()),
            ("view", "FULL".to_owned()),
        ];
        let url = request.url(&BTreeMap::new()).unwrap();
        assert_eq!(
            url.as_str(),
            "https://iam.googleapis.com/v2/policies/crm%2Fprojects%2Fp/denypolicies?query=name%3Aa%20b%26c%3Dd%2F%C3%A9%2B&view=FULL"
        );
    }

    #[test]
    fn a_name_cannot_lead_to_another_path() {
        for path in [
            "/v1/../x",
            "/v1/%2e%2E",
            "/v1/.",
            "/v1/a?b",
            "/v1/a#b",
            "v1",
            "/v1\\..\\x",
        ] {
            assert!(
                Request::get("iam", path).url(&BTreeMap::new()).is_err(),
                "{path}"
            );
        }
    }

    #[test]
    fn the_page_token_goes_where_the_parameters_are() {
        let mut get = Request::get("iam", "/v1/roles");
        get.turn("a");
        get.turn("b");
        assert_eq!(get.query, [("pageToken", "b".to_owned())]);
        let mut post = Request::post("logging", "/v2/entries:list", json!({"pageSize": 1}));
        post.turn("a");
        assert_eq!(post.body, Some(json!({"pageSize": 1, "pageToken": "a"})));
        assert!(post.query.is_empty());
    }

    #[test]
    fn tokens_go_over_encrypted_or_local_ways_only() {
        for good in [
            "https://x",
            "http://127.0.0.1:1/{service}",
            "http://localhost",
            "http://[::1]:2",
        ] {
            assert!(is_private(good), "{good}");
        }
        for bad in [
            "http://x",
            "http://10.0.0.1",
            "127.0.0.1:80",
            "",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(!is_private(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parameters_arrive_as_they_were_meant(value in any::<String>()) {
            let mut request = Request::get("iam", "/v1/roles");
            request.query = vec![("q", value.clone())];
            let url = request.url(&BTreeMap::new()).unwrap();
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, vec![("q".to_owned(), value)]);
            prop_assert_eq!(url.path(), "/v1/roles");
        }
    }
}
