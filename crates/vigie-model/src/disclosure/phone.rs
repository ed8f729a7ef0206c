//! What a phone number is: one rule, for documents that name somebody by one and for records that hold one.

/// Whether a text is a phone number in E.164: a plus sign and 7 to 15 digits, the first of them no zero, because no country's
/// code begins with one.
#[must_use]
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// The phone number that people wrote with spaces, hyphens, dots and brackets between its digits: `+33 1 99-00.12 34`. None where it
/// is no phone number without them either.
#[must_use]
pub fn plain_phone_number(text: &str) -> Option<String> {
    let plain: String =
        text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.' | '(' | ')')).collect();
    is_phone_number(&plain).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_what_can_be_dialled_from_anywhere() {
        for number in ["+1234567", "+123456789012345", "+33199001234", "+447700900123", "+9999999"] {
            assert!(is_phone_number(number), "{number}");
        }
        for text in [
            "",
            "+",
            "+123456",
            "+1234567890123456",
            "33199001234",
            "0033199001234",
            "+0123456789",
            "+00000000",
            "+33 199001234",
            "+33-199001234",
            "++33199001234",
            "+33199001234 ",
            " +33199001234",
            "+3319900123a",
            "+\u{0663}\u{0661}99001234",
            "\u{ff0b}33199001234",
            "+33199001234;ext=1",
        ] {
            assert!(!is_phone_number(text), "{text:?}");
        }
    }

    #[test]
    fn what_people_write_between_the_digits_is_left_out_and_nothing_else() {
        let plain = |text: &str| plain_phone_number(text).unwrap_or_default();
        assert_eq!(plain("+33 1 99-00.12 34"), "+33199001234");
        assert_eq!(plain("+44 (7700) 900123"), "+447700900123");
        assert_eq!(plain("+33199001234"), "+33199001234");
        for text in ["+33 1 99 00 12 34 x5", "01 99 00 12 34", "+0 199001234", "+33/199001234", "+1 2 3"] {
            assert_eq!(plain(text), "", "{text}");
        }
    }
}
