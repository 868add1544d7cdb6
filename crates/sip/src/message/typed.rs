//! The headers that every element reads, with their types. Each is read when asked for; what is
//! missing or cannot be understood is `None`, and [`Message::fault`] says when that matters.

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    Message, Method, Name, Value,
    check::Scan,
    multipart::{MAX_PART_DEPTH, part_of},
};
use crate::{
    grammar::{Span, lossy},
    header::{
        Address, AddressParts, CSeq, Contact, ContentType, Header, Number, ValueError, Via,
        scan_number,
    },
};

impl Message {
    /// The first value of a typed header.
    pub fn typed<T: Header>(&self) -> Option<Result<T, ValueError>> {
        self.header(T::NAME).map(|value| value.parse())
    }

    /// All values of a typed header.
    pub fn typed_all<T: Header>(&self) -> impl Iterator<Item = Result<T, ValueError>> {
        self.values(T::NAME).map(|value| value.parse())
    }

    /// From.
    pub fn from(&self) -> Option<Address> {
        self.scanned(Name::From, self.scans.from.as_ref())
    }

    /// To.
    pub fn to(&self) -> Option<Address> {
        self.scanned(Name::To, self.scans.to.as_ref())
    }

    /// The first value of a header that was scanned already.
    fn scanned(&self, name: Name<'_>, scan: Option<&Scan<AddressParts>>) -> Option<Address> {
        let Scan { place, parts } = scan?;
        Some(Address::from_parts(&self.scanned_text(name, *place)?, *parts))
    }

    /// The text of a value that was scanned already.
    fn scanned_text<'a>(&'a self, name: Name<'a>, place: Option<Span>) -> Option<Cow<'a, str>> {
        match place {
            Some(place) => Some(self.text(place)),
            None => self.header(name).map(Value::into_text),
        }
    }

    /// The first value of any header that holds an address.
    pub fn address<'a>(&'a self, name: impl Into<Name<'a>>) -> Option<Address> {
        Address::parse(&self.header(name)?.text()).ok()
    }

    /// All values that can be understood of a header that holds addresses.
    pub fn addresses<'a>(&'a self, name: impl Into<Name<'a>>) -> impl Iterator<Item = Address> {
        self.values(name).filter_map(|value| Address::parse(&value.text()).ok())
    }

    /// Call-ID.
    pub fn call_id(&self) -> Option<Cow<'_, str>> {
        self.scanned_text(Name::CallId, self.scans.call_id)
    }

    /// CSeq.
    pub fn cseq(&self) -> Option<CSeq> {
        let (number, method) = self.scans.cseq?;
        Some(CSeq { number, method: Method::from(&*self.text(method)) })
    }

    /// The topmost Via.
    pub fn top_via(&self) -> Option<Via> {
        match &self.scans.via {
            Some(Scan { place, parts }) => {
                Some(Via::from_parts(&self.scanned_text(Name::Via, *place)?, *parts))
            }
            // The first row may be empty, and the value stand in the second.
            None => self.typed()?.ok(),
        }
    }

    /// All Vias that can be understood, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Via> {
        self.typed_all().filter_map(Result::ok)
    }

    /// All Contacts that can be understood.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        self.typed_all().filter_map(Result::ok)
    }

    /// The address of the first Contact.
    pub fn contact(&self) -> Option<Address> {
        if self.scans.contact.is_some() {
            return self.scanned(Name::Contact, self.scans.contact.as_ref());
        }
        self.contacts().find_map(|contact| contact.address().cloned())
    }

    /// Route, topmost first.
    pub fn routes(&self) -> impl Iterator<Item = Address> {
        self.addresses(Name::Route)
    }

    /// Record-Route, topmost first.
    pub fn record_routes(&self) -> impl Iterator<Item = Address> {
        self.addresses(Name::RecordRoute)
    }

    /// Max-Forwards; larger values than 255 read as 255.
    pub fn max_forwards(&self) -> Option<u8> {
        self.number(Name::MaxForwards).map(|number| u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// Expires in seconds; larger values than 2^32 - 1 read as that.
    pub fn expires(&self) -> Option<u32> {
        self.number(Name::Expires)
    }

    /// What Content-Length says, which need not be what the body has.
    pub fn content_length(&self) -> Option<u32> {
        self.scans.length
    }

    /// Content-Type.
    pub fn content_type(&self) -> Option<ContentType> {
        self.typed()?.ok()
    }

    /// The body of that type: the body itself, or the first part of a multipart body that is of it.
    pub fn content(&self, media: &str) -> Option<Bytes> {
        part_of(&self.content_type()?, self.body(), media, MAX_PART_DEPTH)
    }

    /// A header that is a number alone: RSeq, Min-Expires and the like.
    pub fn number<'a>(&'a self, name: impl Into<Name<'a>>) -> Option<u32> {
        let value = self.header(name)?;
        scan_number(str::from_utf8(value.as_bytes()).ok()?).map(Number::saturated)
    }

    /// True where a list header such as Supported, Require or Allow names that token. Methods are
    /// compared as they stand, everything else without regard to case (RFC 3261 §7.1, §7.3.1).
    pub fn has_token<'a>(&'a self, name: impl Into<Name<'a>>, token: &str) -> bool {
        let name = name.into();
        let as_it_stands = name == Name::Allow;
        self.values(name).any(|value| match as_it_stands {
            true => value.as_bytes() == token.as_bytes(),
            false => value.as_bytes().eq_ignore_ascii_case(token.as_bytes()),
        })
    }

    /// The row of a header unsplit, unfolded: for values whose commas do not separate.
    pub fn row<'a>(&'a self, name: impl Into<Name<'a>>) -> Option<Cow<'a, str>> {
        let name = name.into();
        let line = self.lines.iter().find(|line| self.line_is(line, name))?;
        Some(match line.unfolded(&self.raw) {
            Cow::Borrowed(octets) => lossy(octets),
            Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
        })
    }
}
