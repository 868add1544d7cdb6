//! What the scripted peers of the network do.

use std::time::Duration;

use bytes::Bytes;

use super::net::{At, Net, Node, address};
use crate::{
    message::{Builder, Message, Method, Name},
    transport::{Flow, FlowId, Transport},
};

impl Net {
    /// Takes the next message that a script got.
    pub(super) fn got(&mut self, at: At) -> Message {
        self.got_on(at).1
    }

    pub(super) fn got_on(&mut self, at: At) -> (Flow, Message) {
        match &mut self.nodes[at.0].1 {
            Node::Script { inbox } => inbox.pop_front().expect("the script got nothing"),
            Node::Phone { .. } | Node::Nobody | Node::Hole => panic!("no script at {at:?}"),
        }
    }

    /// The next message that a script gets within `limit`.
    pub(super) fn awaited(&mut self, at: At, limit: Duration) -> Message {
        let until = self.now + limit;
        while matches!(&self.nodes[at.0].1, Node::Script { inbox } if inbox.is_empty())
            && self.step(until)
        {}
        self.got(at)
    }

    /// The next message that a script got, if there is one.
    pub(super) fn next(&mut self, at: At) -> Option<Message> {
        match &mut self.nodes[at.0].1 {
            Node::Script { inbox } => inbox.pop_front().map(|(_, message)| message),
            Node::Phone { .. } | Node::Nobody | Node::Hole => None,
        }
    }

    /// The same, and it must be this request.
    pub(super) fn got_request(&mut self, at: At, method: &Method) -> Message {
        let message = self.got(at);
        assert_eq!(message.method().as_ref(), Some(method), "{}", message.start_line());
        message
    }

    pub(super) fn got_nothing(&mut self, at: At) {
        if let Node::Script { inbox } = &mut self.nodes[at.0].1 {
            let lines: Vec<_> = inbox.drain(..).map(|(_, m)| m.start_line().into_owned()).collect();
            assert!(lines.is_empty(), "{lines:?}");
        }
    }

    /// A script answers a request.
    pub(super) fn reply(&mut self, at: At, request: &Message, code: u16, tag: &str) {
        self.reply_with(at, request, code, tag, |builder| builder);
    }

    pub(super) fn reply_with(
        &mut self,
        at: At,
        request: &Message,
        code: u16,
        tag: &str,
        more: impl FnOnce(Builder) -> Builder,
    ) {
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        let contact = format!("<sip:{}>", self.nodes[at.0].0);
        let mut builder = Builder::response_to(request, code, "", tag);
        if code > 100 {
            builder = builder.header(Name::Contact, contact);
        }
        let bytes = more(builder).build();
        self.send(at, FlowId(1), address(0), bytes);
        self.settle();
    }

    /// The same on another flow than the UDP socket.
    pub(super) fn reply_on(
        &mut self,
        at: At,
        flow: FlowId,
        request: &Message,
        code: u16,
        tag: &str,
        more: impl FnOnce(Builder) -> Builder,
    ) {
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        let contact = format!("<sip:{};transport=tcp>", self.nodes[at.0].0);
        let builder = Builder::response_to(request, code, "", tag).header(Name::Contact, contact);
        self.send(at, flow, address(0), more(builder).build());
        self.settle();
    }

    /// One end of each open stream.
    pub(super) fn streams(&self) -> Vec<FlowId> {
        self.streams.iter().filter(|(id, (.., far))| *id < far).map(|(id, _)| *id).collect()
    }

    /// The other end of a stream.
    pub(super) fn far_end(&self, flow: FlowId) -> FlowId {
        self.streams[&flow].2
    }

    /// What is sent on `flow` comes to `to`.
    pub(super) fn streams_to(&mut self, to: At, flow: FlowId) {
        let (local, remote) = (self.nodes[to.0].0, address(0));
        let there = Flow::new(flow, Transport::Tcp, local, remote);
        self.streams.insert(flow, (to.0, there, flow));
    }

    /// A script sends a request of its own to node 0.
    pub(super) fn request(&mut self, at: At, text: &str) {
        let text = text.replace('\n', "\r\n");
        self.send(at, FlowId(1), address(0), Bytes::from(text));
        self.settle();
    }

    /// Lines that `at` has sent since the last look, by their start.
    pub(super) fn sent(&mut self, at: At) -> Vec<String> {
        let lines = self.log.iter().filter(|(_, from, _)| *from == at.0);
        let lines = lines.map(|(.., line)| line.split(" SIP/2.0").next().unwrap().to_owned());
        let lines = lines.map(|line| line.replace("SIP/2.0 ", "")).collect();
        self.log.retain(|(_, from, _)| *from != at.0);
        lines
    }
}
