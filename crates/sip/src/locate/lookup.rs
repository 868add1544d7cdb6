//! One question and the aliases that it leads through.

use super::{DnsError, Kind, Question, Record, RecordData};

/// Steps from the first name to the last: NAPTR to SRV, SRV to host, and each alias.
pub(super) const MAX_DEPTH: u8 = 8;

/// Records of one answer that count; the rest is left out.
const MAX_RECORDS: usize = 64;

/// A question on its way to an outcome.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    /// What was wanted.
    pub(super) wanted: Question,
    /// What is asked: `wanted`, or the alias that it led to.
    pub(super) asked: Question,
    /// The outcome, once there is one.
    pub(super) outcome: Option<Result<Vec<Record>, DnsError>>,
    depth: u8,
    ttl: u32,
}

impl Lookup {
    pub(super) fn new(name: String, kind: Kind, depth: u8) -> Self {
        let wanted = Question { name, kind };
        Self { asked: wanted.clone(), wanted, outcome: None, depth, ttl: u32::MAX }
    }

    /// Takes an answer; the next question where it is an alias.
    pub(super) fn answer(&mut self, result: Result<Vec<Record>, DnsError>) -> Option<Question> {
        let records = match result {
            Ok(records) => records,
            Err(error) => {
                self.outcome = Some(Err(error));
                return None;
            }
        };
        let alias = records.iter().find_map(|record| match &record.data {
            RecordData::Cname(name) => Some((name.trim_end_matches('.').to_owned(), record.ttl)),
            RecordData::A(_)
            | RecordData::Aaaa(_)
            | RecordData::Naptr { .. }
            | RecordData::Srv { .. } => None,
        });
        let mut wanted: Vec<Record> = records
            .into_iter()
            .filter(|record| record.data.kind() == Some(self.wanted.kind))
            .take(MAX_RECORDS)
            .collect();
        if wanted.is_empty() {
            return self.follow(alias);
        }
        for record in &mut wanted {
            record.ttl = record.ttl.min(self.ttl);
        }
        self.outcome = Some(Ok(wanted));
        None
    }

    fn follow(&mut self, alias: Option<(String, u32)>) -> Option<Question> {
        let Some((name, ttl)) = alias else {
            self.outcome = Some(Err(DnsError::NoRecords(self.wanted.name.clone())));
            return None;
        };
        self.depth = self.depth.saturating_add(1);
        self.ttl = self.ttl.min(ttl);
        if self.depth > MAX_DEPTH || name.is_empty() {
            self.outcome = Some(Err(DnsError::TooDeep(self.wanted.name.clone())));
            return None;
        }
        self.asked = Question { name, kind: self.wanted.kind };
        Some(self.asked.clone())
    }
}

impl RecordData {
    /// The kind of question that it answers; an alias answers none.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::A(_) => Some(Kind::A),
            Self::Aaaa(_) => Some(Kind::Aaaa),
            Self::Cname(_) => None,
            Self::Naptr { .. } => Some(Kind::Naptr),
            Self::Srv { .. } => Some(Kind::Srv),
        }
    }
}
