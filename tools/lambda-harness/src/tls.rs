//! TLS 1.3 before the local stores, with certificates created for one run, as in AWS.
//!
//! The stores themselves work without it. Decrypting costs this process's time, not the function's.

mod proxies;
mod proxy;
mod secrets_manager;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use proxy::{Negotiation, TlsProxy};
use secrets_manager::SecretsManagerStub;

pub(crate) use proxies::TlsProxies;

/// The name in the certificates.
pub(crate) const CERTIFICATE_HOST: &str = "localhost";
/// The system's trusted authorities: a process that trusts this run's authority trusts these too,
/// since reading them is part of a cold start.
const SYSTEM_CA_BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// An authority for one run, and a server certificate that it signed.
pub(crate) struct CertificateAuthority {
    /// Holds the certificate without its key.
    pub(crate) ca_file: PathBuf,
    /// The system's authorities and its own.
    pub(crate) ca_bundle_file: PathBuf,
    server_config: Arc<ServerConfig>,
    config_without_tickets: Arc<ServerConfig>,
}

impl CertificateAuthority {
    /// Creates one; its files are in `folder`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, "the authority of one run");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let server_key = KeyPair::generate()?;
        let server = CertificateParams::new(vec![CERTIFICATE_HOST.to_owned()])?.signed_by(&server_key, &issuer)?;

        std::fs::create_dir_all(folder)?;
        let (own, bundle) = (folder.join("authority.pem"), folder.join("authorities.pem"));
        std::fs::write(&own, certificate.pem())?;
        let system = SYSTEM_CA_BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        std::fs::write(&bundle, format!("{system}\n{}", certificate.pem()))?;
        let configuration = |tickets| -> anyhow::Result<Arc<ServerConfig>> {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
            let provider = Arc::new(aws_lc_rs::default_provider());
            let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&version::TLS13])?;
            let mut made = builder.with_no_client_auth().with_single_cert(vec![server.der().clone()], key)?;
            made.send_tls13_tickets = tickets;
            Ok(Arc::new(made))
        };
        let (server, silent_server) = (configuration(2)?, configuration(0)?);
        Ok(Self { ca_file: own, ca_bundle_file: bundle, server_config: server, config_without_tickets: silent_server })
    }

    /// For servers of this kind. Postgres sends no tickets after a handshake, so only the kernel
    /// acknowledges a client's last messages, after its delay.
    fn acceptor(&self, negotiation: Negotiation) -> TlsAcceptor {
        TlsAcceptor::from(match negotiation {
            Negotiation::Postgres => self.config_without_tickets.clone(),
            Negotiation::Direct => self.server_config.clone(),
        })
    }
}

/// The host and port of a URL, `127.0.0.1:5432`.
pub(crate) fn host_and_port(url: &str) -> anyhow::Result<String> {
    let (_, rest) = url.split_once("://").context("a store's URL has no scheme")?;
    let address = rest.split(['/', '?']).next().unwrap_or_default();
    Ok(address.rsplit('@').next().unwrap_or_default().to_owned())
}
