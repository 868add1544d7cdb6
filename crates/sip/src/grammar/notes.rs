//! Where scanners write down what deviates.

use crate::message::{Deviation, Name, Rule};

/// Deviations found so far, and the header that is being read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: Vec<Deviation>,
    header: Option<Name<'static>>,
    offset: u32,
}

impl Notes {
    /// Says which header the following notes belong to, and where its row starts.
    pub(crate) fn enter(&mut self, header: Option<Name<'static>>, offset: u32) {
        self.header = header;
        self.offset = offset;
    }

    /// Writes a deviation down. The list is bounded, but one that decides the answer always finds
    /// a place: the last is given up for it.
    pub(crate) fn note(&mut self, rule: Rule) {
        let deviation = Deviation { rule, header: self.header, offset: self.offset };
        if self.list.len() < MOST {
            self.list.push(deviation);
        } else if rule.weight() > crate::message::Weight::Tolerated
            && let Some(last) = self.list.last_mut()
            && last.rule.weight() < rule.weight()
        {
            *last = deviation;
        }
    }

    pub(crate) fn into_list(self) -> Vec<Deviation> {
        self.list
    }

    #[cfg(test)]
    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.list.iter().map(|deviation| deviation.rule).collect()
    }
}

/// Deviations kept of one message.
const MOST: usize = 64;
