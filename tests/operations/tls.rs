//! TLS: a certificate from files, read again on SIGHUP.

use std::process::Command;

use crate::Places;
use crate::server::{Server, send};

/// Writes a new certificate for 127.0.0.1 that signs itself, and its key; gives the certificate in PEM.
fn certificate(places: &Places) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(places.folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(places.folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

/// A client that trusts one certificate only.
fn client(pem: &str) -> ureq::Agent {
    use ureq::tls::{Certificate, RootCerts, TlsConfig};
    let root = Certificate::from_pem(pem.as_bytes()).unwrap();
    let tls = TlsConfig::builder().root_certs(RootCerts::from(vec![root])).build();
    ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().into()
}

#[test]
fn a_new_certificate_is_used_after_sighup_and_a_broken_one_is_not() {
    let places = Places::new();
    let first = certificate(&places);
    let path = |name: &str| places.folder.path().join(name).display().to_string();
    let files = ["--tls-certificate", &path("cert.pem"), "--tls-key", &path("key.pem")];
    let log = places.folder.path().join("serve.log");
    let server = Server::start_logged(&places.sqlite(), &places.key_file(), &files, &log);
    assert!(server.base.starts_with("https://"), "{}", server.base);
    let url = format!("{}/healthz", server.base);
    let answer = send(&client(&first), &url, &[], None).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="));

    let second = certificate(&places);
    server.hang_up();
    server.wait_for_line(&log, "the certificate was read again");
    assert_eq!(send(&client(&second), &url, &[], None).unwrap().status, 200);
    assert!(send(&client(&first), &url, &[], None).is_err(), "the old certificate is gone");

    std::fs::write(path("key.pem"), "nothing").unwrap();
    server.hang_up();
    server.wait_for_line(&log, "the certificate was not changed");
    assert_eq!(send(&client(&second), &url, &[], None).unwrap().status, 200);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_starts_nothing() {
    let places = Places::new();
    certificate(&places);
    let cert = places.folder.path().join("cert.pem").display().to_string();
    let run = Command::new(env!("CARGO_BIN_EXE_greenlane"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &places.sqlite()])
        .args(["--tls-certificate", &cert, "--tls-key", &cert])
        .output()
        .unwrap();
    let said = crate::support::stderr(&run, 4);
    assert!(said.contains("cert.pem: expected a private key in PEM"), "{said}");
}
