//! All numbers of a trunk in one registration (RFC 6140), where the settings ask for it.

use std::{
    fs,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use crate::harness::{Milliwatt, finish};

const SECOND: Duration = Duration::from_secs(1);

/// A registrar that takes whoever comes.
struct Registrar(UdpSocket);

impl Registrar {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(30 * SECOND)).unwrap();
        Self(socket)
    }

    /// Waits for a REGISTER with this row and grants it with these; where it came from, and its rows.
    fn grant(&self, row: &str, granted: impl Fn(&str) -> String) -> (SocketAddr, Vec<String>) {
        let mut buffer = [0; 4096];
        loop {
            let (length, phone) = self.0.recv_from(&mut buffer).expect(row);
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let rows: Vec<String> = text.lines().map(str::to_owned).collect();
            if !text.starts_with("REGISTER ") || !rows.iter().any(|found| found == row) {
                continue;
            }
            let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
            let kept = rows.iter().filter(|row| kept.iter().any(|name| row.starts_with(name)));
            let tagged = |row: &String| match row.starts_with("To:") {
                true => format!("{row};tag=r"),
                false => row.clone(),
            };
            let kept: Vec<String> = kept.map(tagged).collect();
            let contact = rows.iter().find(|row| row.starts_with("Contact:")).unwrap();
            let answer = format!(
                "SIP/2.0 200 OK\r\n{}\r\n{}Content-Length: 0\r\n\r\n",
                kept.join("\r\n"),
                granted(contact)
            );
            self.0.send_to(answer.as_bytes(), phone).unwrap();
            return (phone, rows);
        }
    }
}

#[test]
fn it_is_asked_for_where_the_settings_say_so() {
    for bulk in [true, false] {
        let registrar = Registrar::new();
        let user = Milliwatt::with_password("secret");
        let file = user.folder().join("office.toml");
        let text = format!(
            "[trunk]\nname = \"office\"\ndomain = \"{}\"\nuser = \"alice\"\ngin = {bulk}\n",
            registrar.0.local_addr().unwrap()
        );
        fs::write(&file, text).unwrap();
        let mut register = user.start(&format!("register {} --for 600s", file.display()));
        let (phone, asked) =
            registrar.grant("Expires: 3600", |contact| format!("{contact};expires=600\r\n"));
        register.wait_for("registered for 600 s", 30 * SECOND);
        register.interrupt();
        let (_, given_back) = registrar.grant("Expires: 0", |_| String::new());
        finish(register).expect(130);
        let contact = match bulk {
            true => format!("Contact: <sip:{phone};bnc>"),
            false => format!("Contact: <sip:alice@{phone}>"),
        };
        for rows in [asked, given_back] {
            assert!(rows.contains(&contact), "no {contact} in {rows:#?}");
            for row in ["Require: gin", "Proxy-Require: gin"] {
                assert_eq!(rows.iter().any(|found| found == row), bulk, "{row}: {rows:#?}");
            }
        }
    }
}
