//! Lists, page by page.

use super::super::answer::Refusal;
use super::{Ask, Trace};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// How a list goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Twist {
    /// It does not.
    #[default]
    None,
    /// Half of it comes, with a token for the rest that is refused.
    Half,
    /// Half of it comes; the token for the rest brings the rest and the same token, again and again.
    SameToken,
    /// So many pages are empty, with a token, before the first that is not.
    Empty(usize),
    /// Part of it is left out because a location does not answer.
    Unreachable,
}

/// Which entries a page has, and the token of the next.
pub type Page = (Range<usize>, Option<String>);

impl Ask<'_> {
    /// The page of `total` entries that is asked for.
    ///
    /// # Errors
    /// A page size below zero, or a token that this list did not give.
    pub fn page(
        &self,
        trace: &mut Trace,
        total: usize,
        sizes: (usize, usize),
    ) -> Result<Page, Refusal> {
        let (_, most) = sizes;
        trace.least = total.div_ceil(most).max(1);
        let size = self.size(sizes)?;
        let token = self.token();
        let half = total / 2;
        match (self.twist, token) {
            (Twist::Half, None) => return Ok((0..half, Some("lost".to_owned()))),
            (Twist::SameToken, None) => return Ok((0..half, Some("again".to_owned()))),
            (Twist::SameToken, Some("again")) => {
                return Ok((half..total, Some("again".to_owned())));
            }
            (Twist::Empty(pages), token) => {
                let seen = match token {
                    None => Some(0),
                    Some(token) => token.strip_prefix("empty-").and_then(|n| n.parse().ok()),
                };
                match seen {
                    Some(seen) if seen < pages => {
                        return Ok((0..0, Some(format!("empty-{}", seen + 1))));
                    }
                    Some(_) => return Ok(self.range(0, total, size)),
                    None => {}
                }
            }
            _ => {}
        }
        let start = match token {
            None => 0,
            Some(token) => self.offset(token)?,
        };
        Ok(self.range(start.min(total), total, size))
    }

    fn range(&self, start: usize, total: usize, size: usize) -> Page {
        let end = start.saturating_add(size).min(total);
        (start..end, (end < total).then(|| self.mark(end)))
    }

    /// The page size that is asked for: the default where it is not, and never more than the API gives.
    ///
    /// # Errors
    /// It is below zero.
    pub fn size(&self, (default, most): (usize, usize)) -> Result<usize, Refusal> {
        let asked = ["pageSize", "maxResults"]
            .iter()
            .find_map(|name| self.request.parameter(name));
        match asked.map(str::parse::<i64>) {
            None | Some(Ok(0)) => Ok(default),
            Some(Ok(size)) if size > 0 => Ok(usize::try_from(size).unwrap_or(most).min(most)),
            _ => Err(Refusal::Invalid("Page size must not be negative.".into())),
        }
    }

    /// The token that was sent.
    pub fn token(&self) -> Option<&str> {
        let token = self.request.parameter("pageToken");
        token.filter(|token| !token.is_empty())
    }

    /// A token of this list: it fits no other.
    pub fn mark(&self, offset: usize) -> String {
        format!("{:016x}{offset:016x}", self.list())
    }

    /// What a token stands for.
    ///
    /// # Errors
    /// It is not one of this list.
    pub fn offset(&self, token: &str) -> Result<usize, Refusal> {
        let found = token
            .is_char_boundary(16)
            .then(|| token.split_at(16))
            .filter(|(list, _)| *list == format!("{:016x}", self.list()))
            .and_then(|(_, offset)| usize::from_str_radix(offset, 16).ok());
        found.ok_or_else(|| Refusal::Invalid("The page token is invalid.".into()))
    }

    /// What tells this list from others: everything but the token and the size of a page.
    fn list(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.request.path().hash(&mut hasher);
        for (key, value) in &self.request.query {
            if !["pageToken", "pageSize", "maxResults"].contains(&key.as_str()) {
                (key, value).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}
