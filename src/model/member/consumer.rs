//! Domains of public mail services: an address there belongs to whoever signed up.

/// Sorted, lower case.
const PUBLIC_MAIL: [&str; 50] = [
    "126.com",
    "163.com",
    "aol.com",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlegroups.com",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "live.co.uk",
    "live.com",
    "live.de",
    "live.fr",
    "live.nl",
    "mac.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "web.de",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.au",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.in",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
];

/// Whether addresses at `domain` are open to everybody, whatever its case.
pub(super) fn is_public_mail(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    PUBLIC_MAIL.binary_search(&domain.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::PUBLIC_MAIL;

    #[test]
    fn the_list_is_sorted() {
        assert!(PUBLIC_MAIL.is_sorted_by(|a, b| a < b));
    }
}
