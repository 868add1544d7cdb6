//! A forked call before its answer: each branch has offers and answers of its own
//! (RFC 3261 §12.1.2), so that the one that answers in the end runs by what was agreed with it.

use milliwatt_media::session::MediaPlan;

use super::{
    call::{Call, Stage},
    offer::Talk,
};

/// Branches that are told apart; further ones share what the call itself knows.
const MAX_BRANCHES: usize = 16;

/// One branch that has spoken and not answered.
#[derive(Debug)]
pub(super) struct Branch {
    tag: String,
    talk: Talk,
    plan: Option<MediaPlan>,
}

impl Call {
    /// The offers and answers of the branch of that tag; those of the call once it is answered.
    pub(super) fn talk_with(&mut self, tag: Option<&str>) -> &mut Talk {
        match self.branch(tag).and_then(|at| self.branches.get_mut(at)) {
            Some(branch) => &mut branch.talk,
            None => &mut self.talk,
        }
    }

    /// What the branch's sound runs by.
    pub(super) fn agreed_with(&mut self, tag: Option<&str>, plan: &MediaPlan) {
        if let Some(branch) = self.branch(tag).and_then(|at| self.branches.get_mut(at)) {
            branch.plan = Some(plan.clone());
        }
    }

    /// The branch of that tag has answered: from here on the call is what was agreed with it. What
    /// its sound runs by, where that was agreed before.
    pub(super) fn answered_by(&mut self, tag: Option<&str>) -> Option<MediaPlan> {
        let mut branches = std::mem::take(&mut self.branches);
        let Some(at) = branches.iter().position(|branch| Some(branch.tag.as_str()) == tag) else {
            return self.line.plan().filter(|_| branches.is_empty()).cloned();
        };
        let branch = branches.swap_remove(at);
        self.talk = branch.talk;
        branch.plan
    }

    /// Where the branch stands in the list; a new one begins as the call does.
    fn branch(&mut self, tag: Option<&str>) -> Option<usize> {
        let tag = tag.filter(|_| matches!(self.stage, Stage::Dialling))?;
        let known = self.branches.iter().position(|branch| branch.tag == tag);
        if known.is_some() || self.branches.len() >= MAX_BRANCHES {
            return known;
        }
        self.branches.push(Branch { tag: tag.to_owned(), talk: self.talk.clone(), plan: None });
        Some(self.branches.len() - 1)
    }
}
