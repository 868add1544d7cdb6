//! A call that comes before the registrar has answered.

use std::{net::UdpSocket, time::Duration};

use crate::harness::Milliwatt;

/// A registrar with one word to say, whose other half routes by what was registered before.
struct Registrar(UdpSocket);

impl Registrar {
    /// The next message that begins so, and where it came from.
    fn await_message(&self, begins: &str) -> (String, std::net::SocketAddr) {
        let mut buffer = [0; 4096];
        loop {
            let (length, phone) = self.0.recv_from(&mut buffer).expect(begins);
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with(begins) {
                return (text, phone);
            }
        }
    }
}

#[test]
fn it_is_refused_as_any_other() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let registrar = Registrar(socket);
    let address = registrar.0.local_addr().unwrap();
    let user = Milliwatt::with_password("secret");
    let running = user.start(&format!("answer sip:alice@{address} --reject 486 --count 1"));
    let (register, phone) = registrar.await_message("REGISTER ");
    let invite = format!(
        "INVITE sip:alice@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bKearly\r\n\
         From: <sip:bob@{address}>;tag=b\r\nTo: <sip:alice@{address}>\r\nCall-ID: early\r\n\
         CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:bob@{address}>\r\n\
         Content-Length: 0\r\n\r\n"
    );
    registrar.0.send_to(invite.as_bytes(), phone).unwrap();
    registrar.await_message("SIP/2.0 100");
    let (_, rest) = register.split_once("\r\n").unwrap();
    let contact = rest.lines().find(|line| line.starts_with("Contact:")).unwrap();
    let kept = format!("{contact};expires=60");
    let welcome = format!("SIP/2.0 200 OK\r\n{}", rest.replace(contact, &kept));
    registrar.0.send_to(welcome.as_bytes(), phone).unwrap();
    registrar.await_message("SIP/2.0 486");
    drop(running);
}
