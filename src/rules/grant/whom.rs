//! What rules ask of a member besides its kind. Many rules ask the same, so each question is put once.

use super::{Organization, PrincipalLists, globs};
use crate::model::{Member, Truth};
use crate::rules::file::{MemberTest, Outside};
use crate::rules::select::Refusal;
use globset::GlobSet;
use regex::Regex;

/// A question about a member.
#[derive(Debug)]
pub(super) struct Whom {
    /// As it was put; the kinds are another matter.
    test: MemberTest,
    matches: Option<Regex>,
    except: Option<GlobSet>,
}

impl Whom {
    /// Whether anything is asked.
    pub(super) fn is_particular(test: &MemberTest, lists: &PrincipalLists) -> bool {
        let list = test.except.as_ref().and_then(|name| lists.get(name));
        test.consumer.is_some()
            || test.wide.is_some()
            || test.matches.is_some()
            || test.outside.is_some()
            || test.inside.is_some()
            || list.is_some_and(|list| !list.is_empty())
    }

    /// # Errors
    /// A regular expression that does not compile, or a list of the configuration that holds what is no glob.
    pub(super) fn compile(test: &MemberTest, lists: &PrincipalLists) -> Result<Whom, Refusal> {
        let matches = match &test.matches {
            None => None,
            Some(pattern) => Some(Regex::new(pattern).map_err(|error| {
                let reason = crate::rules::select::proof::last_line(&error);
                let message = format!("the regular expression does not compile: {reason}");
                Refusal::at("matches", pattern, message)
            })?),
        };
        let except = match &test.except {
            None => None,
            Some(list) => globs(lists.get(list).map_or(&[], Vec::as_slice)).map_err(|message| {
                Refusal::new(
                    "except",
                    format!("the configuration's list holds {message}"),
                )
            })?,
        };
        Ok(Whom {
            test: test.clone(),
            matches,
            except,
        })
    }

    /// Whether it is the question that `test` puts.
    pub(super) fn asks(&self, test: &MemberTest) -> bool {
        let own = &self.test;
        (own.outside, own.inside, own.consumer, own.wide)
            == (test.outside, test.inside, test.consumer, test.wide)
            && own.matches == test.matches
            && own.except == test.except
    }

    /// Whether it takes to know what belongs to the organisation.
    pub(super) fn asks_outside(&self) -> bool {
        self.test.outside.is_some() || self.test.inside.is_some()
    }

    /// Whether the member, whose kind already fits, is one that is asked about.
    pub(super) fn is(&self, member: &Member<'_>, organization: &Organization) -> Truth {
        let mut truth = Truth::Yes;
        if let Some(consumer) = self.test.consumer {
            truth = truth.and(Truth::from(member.is_consumer() == consumer));
        }
        if let Some(wide) = self.test.wide {
            truth = truth.and(Truth::from(member.is_wide() == wide));
        }
        if let Some(matches) = &self.matches {
            truth = truth.and(Truth::from(matches.is_match(member.text)));
        }
        if let Some(except) = &self.except {
            truth = truth.and(Truth::from(!except.is_match(member.text)));
        }
        if self.test.outside == Some(Outside::Organization) && truth != Truth::No {
            truth = truth.and(organization.is_outside(member));
        }
        if self.test.inside == Some(Outside::Organization) && truth != Truth::No {
            truth = truth.and(organization.is_outside(member).negate());
        }
        truth
    }
}
