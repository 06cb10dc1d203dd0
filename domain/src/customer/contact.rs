//! Telephone numbers and e-mail addresses, of a form that can be dialled and written to, and that
//! nothing else can be smuggled in with.

/// A telephone number as it was given: digits, with what people write between them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Phone(Box<str>);

/// Why a text is no telephone number; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is not a telephone number: 3 to 20 digits, with spaces or any of + - . / ( ) between")]
pub struct InvalidPhone;

impl Phone {
    /// Three digits (a house's extension) to twenty; at most 40 bytes with all between them.
    pub fn new(phone: impl Into<Box<str>>) -> Result<Self, InvalidPhone> {
        let phone = phone.into();
        let digits = phone.bytes().filter(u8::is_ascii_digit).count();
        let dialled = |byte: u8| byte.is_ascii_digit() || b" +-./()".contains(&byte);
        if phone.len() <= 40 && (3..=20).contains(&digits) && phone.bytes().all(dialled) {
            Ok(Self(phone))
        } else {
            Err(InvalidPhone)
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Phone {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// An e-mail address as it was given. Whether anybody reads there only a mail can tell.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Email(Box<str>);

/// Why a text is no e-mail address; the message goes to the user as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is not an e-mail address, such as `carla@example.com`")]
pub struct InvalidEmail;

impl Email {
    /// Something before the one `@` and something after it, 254 bytes at most (RFC 5321), without
    /// white space, control characters and the marks that part addresses in a header.
    pub fn new(email: impl Into<Box<str>>) -> Result<Self, InvalidEmail> {
        let email = email.into();
        let parts = |c: char| c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c);
        match email.split_once('@') {
            Some((person, host))
                if email.len() <= 254
                    && !person.is_empty()
                    && !host.is_empty()
                    && !person.contains(parts)
                    && !host.contains(parts) =>
            {
                Ok(Self(email))
            }
            _ => Err(InvalidEmail),
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Email {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
