//! Multipart bodies (RFC 2046 §5.1, RFC 5621).

use bytes::Bytes;
use memchr::memmem;

use super::Name;
use crate::{
    grammar::{trim, unfold},
    header::{ContentType, Header},
};

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyPart {
    /// Its headers, unfolded, the part's first [`MAX_PART_HEADERS`].
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its octets.
    pub body: Bytes,
}

impl BodyPart {
    /// The value of a header of the part.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let name = Name::from(name);
        let mut headers = self.headers.iter();
        headers.find(|(found, _)| Name::from(found.as_str()) == name).map(|(_, value)| &**value)
    }

    /// Its Content-Type.
    pub fn media(&self) -> Option<ContentType> {
        ContentType::parse(str::from_utf8(self.header("Content-Type")?).ok()?).ok()
    }
}

/// Cuts a multipart body at its boundary; the first [`MAX_PARTS`] parts. Parts that are multipart
/// themselves stay whole. A last part without its closing boundary ends with the body.
pub fn parts(body: &Bytes, boundary: &str) -> Vec<BodyPart> {
    let mut found = Vec::new();
    if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY {
        return found;
    }
    let delimiter = format!("--{boundary}");
    let finder = memmem::Finder::new(&delimiter);
    let mut start: Option<usize> = None;
    for at in finder.find_iter(body) {
        let after = at + delimiter.len();
        let opens_line = at == 0 || body.get(at - 1) == Some(&b'\n');
        let rest = body.get(after..).unwrap_or_default();
        let closes = rest.starts_with(b"--");
        let line = rest.iter().position(|&octet| octet == b'\n').unwrap_or(rest.len());
        let padding = rest.get(..line).unwrap_or_default();
        if !opens_line || !(closes || trim(padding).is_empty()) {
            continue;
        }
        if let Some(start) = start {
            found.push(part(&body.slice(start..before_line_break(body, start, at))));
        }
        start = (!closes).then(|| (after + line + 1).min(body.len()));
        if closes || found.len() >= MAX_PARTS {
            return found;
        }
    }
    found.extend(start.map(|start| part(&body.slice(start..))));
    found
}

/// The first part of that type in a body, in the parts of its parts too, `depth` levels down.
pub(super) fn part_of(
    content_type: &ContentType,
    body: Bytes,
    media: &str,
    depth: usize,
) -> Option<Bytes> {
    if content_type.is(media) {
        return Some(body);
    }
    let depth = depth.checked_sub(1).filter(|_| content_type.is_multipart())?;
    let found = parts(&body, content_type.params().value("boundary")?);
    found.into_iter().find_map(|part| part_of(&part.media()?, part.body, media, depth))
}

/// The line break before a boundary belongs to the boundary.
fn before_line_break(body: &[u8], start: usize, at: usize) -> usize {
    let end = match body.get(start..at) {
        Some([.., b'\r', b'\n']) => at - 2,
        Some([.., b'\n']) => at - 1,
        _ => at,
    };
    end.max(start)
}

fn part(octets: &Bytes) -> BodyPart {
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) {
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |feed| feed + 1);
        let line = rest.get(..length).unwrap_or_default();
        at += length;
        if trim(line).is_empty() {
            break;
        }
        match (line, headers.last_mut()) {
            ([b' ' | b'\t', ..], Some((_, value))) => {
                value.push(b' ');
                value.extend_from_slice(&unfold(line));
            }
            _ => {
                let colon = memchr::memchr(b':', line).filter(|_| headers.len() < MAX_PART_HEADERS);
                let Some((name, value)) = colon.and_then(|colon| line.split_at_checked(colon))
                else {
                    continue;
                };
                let value = unfold(value.get(1..).unwrap_or_default()).into_owned();
                headers.push((String::from_utf8_lossy(trim(name)).into_owned(), value));
            }
        }
    }
    BodyPart { headers, body: octets.slice(at.min(octets.len())..) }
}

/// Parts of one body.
pub const MAX_PARTS: usize = 64;
/// Levels of multipart bodies within one another that are looked into.
pub(super) const MAX_PART_DEPTH: usize = 3;
/// Header rows of one part.
pub const MAX_PART_HEADERS: usize = 32;
/// RFC 2046 §5.1.1 allows 70; some write more.
const LONGEST_BOUNDARY: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<(String, String)> {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        parts(&Bytes::copy_from_slice(body.as_bytes()), "b")
            .iter()
            .map(|part| (part.header("c").map(text).unwrap_or_default(), text(&part.body)))
            .collect()
    }

    #[test]
    fn parts_with_and_without_headers() {
        let body = "preamble\r\n--b \r\nContent-Type: text/plain;\r\n x=y\r\n\r\none\r\n\r\n--b\r\n\r\n--bb\r\n--b--\r\nepilogue";
        assert_eq!(
            read(body),
            [
                ("text/plain; x=y".to_owned(), "one\r\n".to_owned()),
                (String::new(), "--bb".to_owned())
            ]
        );
    }

    #[test]
    fn broken_bodies_end() {
        assert_eq!(read("--b\r\n\r\nopen"), [(String::new(), "open".to_owned())]);
        assert_eq!(read("--b"), [(String::new(), String::new())]);
        assert_eq!(read("--b--"), []);
        assert_eq!(read(""), []);
        assert_eq!(read("x--b\r\n"), []);
        assert_eq!(parts(&Bytes::from_static(b"--"), ""), []);
        let many = Bytes::from("--b\r\n".repeat(1000));
        assert_eq!(parts(&many, "b").len(), MAX_PARTS);
    }

    /// A body in `levels` multiparts, one within the other.
    fn nested(levels: usize) -> Option<Bytes> {
        let mut body = "Content-Type: application/sdp\r\n\r\nv=0".to_owned();
        for level in 0..levels {
            let kind = format!("Content-Type: multipart/mixed;boundary=n{level}x\r\n\r\n");
            body = format!(
                "{kind}--n{level}x\r\nC: text/plain\r\n\r\nno\r\n--n{level}x\r\n{body}\r\n--n{level}x--"
            );
        }
        let whole = part(&Bytes::from(body));
        part_of(&whole.media()?, whole.body, "application/sdp", MAX_PART_DEPTH)
    }

    #[test]
    fn parts_within_parts_are_found_three_levels_down() {
        for levels in 0..=MAX_PART_DEPTH {
            assert_eq!(nested(levels).as_deref(), Some(&b"v=0"[..]), "{levels} levels");
        }
        assert_eq!(nested(MAX_PART_DEPTH + 1), None);
    }
}
